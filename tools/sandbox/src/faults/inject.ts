import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Journal } from '../journal/journal.ts'
import { type FaultAnswer, FaultInvalid, faultAnswerText } from './answer.ts'
import type { Faults } from './faults.ts'

/** An answer as it goes out on the wire. */
export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface InjectOptions {
  readonly solution: string
  readonly faults: Faults
  readonly journal: Journal
  /** The solution's own answer for an error code; undefined where it has no such code. */
  readonly render: (code: string, request: FastifyRequest) => WireAnswer | undefined
  /** Codes that are about a part of the request: its handler reads `request.fault` and answers for them itself. */
  readonly isPartial?: (code: string) => boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    fault: FaultAnswer | undefined
  }
}

/** What stands in for a proxy that answers a page of its own. */
const garbage: WireAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>upstream connect error',
}

/**
 * Puts faults between a server's own checks and its handlers, and writes the journal. To be called after the server's
 * authentication and limit hooks: a request that they refuse takes no fault.
 */
export function injectFaults(app: FastifyInstance, options: InjectOptions): void {
  app.decorateRequest('fault', undefined)

  const record = (
    request: FastifyRequest,
    status: number,
    answer: string,
    applied: boolean,
  ): void => {
    const { fault } = request
    const rows = request.routeOptions.config.rows?.(request)
    options.journal.record({
      solution: options.solution,
      operation: operationOf(request),
      status,
      answer,
      ...(fault === undefined || fault.kind === 'ok' ? {} : { fault: faultAnswerText(fault) }),
      applied,
      ...(rows === undefined ? {} : { rows }),
    })
  }

  /** No answer goes out: the client waits until it gives up, or its connection ends. */
  const leave = (
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'hang' | 'drop',
    applied: boolean,
  ): void => {
    record(request, 0, kind, applied)
    reply.hijack()
    if (kind === 'drop') request.raw.socket.destroy()
  }

  /** Undefined where the solution has no such code. */
  const wireOf = (fault: FaultAnswer, request: FastifyRequest): WireAnswer | undefined =>
    fault.kind === 'code' ? options.render(fault.code, request) : garbage

  app.addHook('preHandler', async (request, reply) => {
    const header = request.headers['x-sandbox-fault']
    let fault: FaultAnswer
    try {
      fault = options.faults.take(
        options.solution,
        operationOf(request),
        Array.isArray(header) ? header[0] : header,
      )
    } catch (error) {
      if (!(error instanceof FaultInvalid)) throw error
      request.answer = 'fault-invalid'
      return reply.code(400).send(refused(error.message))
    }
    request.fault = fault
    if (fault.kind === 'ok') return
    if (fault.kind === 'latency') {
      await passed(fault.ms, request)
      return
    }
    if (fault.kind === 'code' && !fault.applied && options.isPartial?.(fault.code) === true) return
    const wire = wireOf(fault, request)
    if (wire === undefined) {
      request.fault = undefined
      request.answer = 'fault-invalid'
      return reply.code(400).send(refused(`${options.solution} has no ${faultAnswerText(fault)}`))
    }
    if (fault.applied) return
    if (fault.kind === 'hang' || fault.kind === 'drop') {
      leave(request, reply, fault.kind, false)
      return
    }
    request.answer = answerNameOf(fault)
    return reply
      .code(wire.status)
      .headers(wire.headers ?? {})
      .send(wire.body)
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { fault } = request
    const worked = request.answer === 'ok'
    if (fault === undefined || fault.kind === 'ok' || fault.kind === 'latency' || !fault.applied) {
      record(request, reply.statusCode, request.answer, worked && reply.statusCode < 400)
      return payload
    }
    if (fault.kind === 'hang' || fault.kind === 'drop') {
      record(request, 0, fault.kind, worked)
      if (fault.kind === 'drop') request.raw.socket.destroy()
      // Never settles: the answer is lost, and the socket is released when the server closes.
      return new Promise<never>(() => undefined)
    }
    const wire = wireOf(fault, request) ?? garbage
    request.answer = answerNameOf(fault)
    record(request, wire.status, request.answer, worked)
    reply.code(wire.status).headers(wire.headers ?? {})
    return wire.body
  })
}

function operationOf(request: FastifyRequest): string {
  return request.routeOptions.config.operation ?? 'unknown'
}

/** What the journal calls the answer. */
function answerNameOf(fault: FaultAnswer): string {
  return fault.kind === 'code' ? fault.code : fault.kind
}

function refused(message: string): string {
  return JSON.stringify({ code: new FaultInvalid(message).code, message })
}

/** Waits, or less where the client gave up. */
function passed(ms: number, request: FastifyRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      request.raw.socket.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    request.raw.socket.once('close', done)
  })
}
