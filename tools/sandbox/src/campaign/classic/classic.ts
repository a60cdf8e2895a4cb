import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../../faults/faults.ts'
import { injectFaults } from '../../faults/inject.ts'
import { createServer } from '../../http/server.ts'
import type { Journal } from '../../journal/journal.ts'
import { inTransaction } from '../table.ts'
import type { ClassicInstance } from './database.ts'
import { actionOf, methodAnswer, readCall, type SoapCall, tokensOf } from './envelope.ts'
import {
  badMessage,
  classicFaultAnswer,
  ClassicRefused,
  faultAnswer,
  type FaultReason,
  sessionExpired,
  unknownMethod,
} from './faults.ts'
import { soapMethods } from './methods.ts'

export interface ClassicOptions {
  readonly faults: Faults
  readonly journal: Journal
}

declare module 'fastify' {
  interface FastifyRequest {
    soapCall: SoapCall | undefined
  }
}

const routerPath = '/nl/jsp/soaprouter.jsp'
/** Of a call whose SOAPAction names no method. */
const unknownOperation = 'unknownMethod'

/** Stands in for `https://<server>` of Campaign Classic: one URL, and methods by their SOAPAction (reference §4.2). */
export function createClassic(
  instance: ClassicInstance,
  { faults, journal }: ClassicOptions,
): FastifyInstance {
  const { settings, sessions, transaction, touch } = instance
  const app = createServer(settings.bodyBytes)
  app.decorateRequest('soapCall', undefined)
  // One URL, many operations: the header chooses the route, so that each has its own name in fault scripts.
  app.addConstraintStrategy({
    name: 'soapAction',
    storage: () => {
      const handlers = new Map()
      return {
        get: (action) => handlers.get(action) ?? null,
        set: (action, handler) => {
          handlers.set(action, handler)
        },
      }
    },
    validate: () => undefined,
    deriveConstraint: (request) => actionOf(request.headers['soapaction']),
    mustMatchWhenDerived: false,
  })

  const refuse = (request: FastifyRequest, reply: FastifyReply, reason: FaultReason): void => {
    const action = actionOf(request.headers['soapaction'])
    const { status, headers, body } = faultAnswer(reason, action, settings.faultStatus)
    request.answer = reason.code
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  }

  app.addHook('preHandler', async (request) => {
    const { operation } = request.routeOptions.config
    if (operation === undefined) return
    const action = actionOf(request.headers['soapaction'])
    const call = readCall(request, action)
    if (call === undefined) throw new ClassicRefused(badMessage('The message is no SOAP envelope.'))
    if (operation === unknownOperation) {
      throw new ClassicRefused(unknownMethod(call.service, call.method))
    }
    if (call.method !== action.slice(action.indexOf('#') + 1)) {
      throw new ClassicRefused(badMessage(`SOAPAction ${action} is not for ${call.method}.`))
    }
    request.soapCall = call
    if (operation !== 'session.logon' && !sessions.isLive(tokensOf(request, call))) {
      throw new ClassicRefused(sessionExpired)
    }
    if (!operation.startsWith('session.') && !instance.calls.take()) {
      throw new ClassicRefused({
        code: '429',
        faultcode: 'Server',
        faultstring: 'The engine calls of the contract are used up.',
      })
    }
  })
  injectFaults(app, {
    solution: 'campaign',
    faults,
    journal,
    render: (code, request) =>
      classicFaultAnswer(code, actionOf(request.headers['soapaction']), settings.faultStatus),
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof ClassicRefused) {
      refuse(request, reply, error.reason)
      return
    }
    const status = error.statusCode ?? 500
    request.answer = String(status)
    void reply.code(status).type('text/html').send(`<html><body>${status}</body></html>`)
  })
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).type('text/html').send('<html><body>404</body></html>')
  })

  app.post(routerPath, { config: { operation: unknownOperation } }, () => undefined)
  for (const { actions, operation, writes, run } of soapMethods) {
    for (const action of actions) {
      app.route({
        method: 'POST',
        url: routerPath,
        constraints: { soapAction: action },
        config: { operation },
        handler: (request, reply) => {
          const call = request.soapCall
          if (call === undefined) throw new Error('no call was read')
          const outputs = inTransaction(transaction, () =>
            run({ instance, parameters: call.parameters, tokens: tokensOf(request, call) }),
          )
          if (writes) touch()
          void reply
            .type('text/xml; charset=utf-8')
            .send(methodAnswer(call.service, call.method, outputs))
        },
      })
    }
  }
  return app
}
