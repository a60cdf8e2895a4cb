import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock/clock.ts'
import type { Faults } from '../faults/faults.ts'
import { injectFaults, type WireAnswer } from '../faults/inject.ts'
import { bodyOf, createServer, formType, mediaTypeOf } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'

export interface ImsOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** Whether there are other clients than that one; they have the same secret. */
  readonly isClient?: (clientId: string) => boolean
  readonly tokenTtlS: number
  readonly clock: Clock
  /** The solution whose fault plans and journal the token endpoint belongs to. */
  readonly solution: string
  readonly faults: Faults
  readonly journal: Journal
}

export interface Ims {
  readonly app: FastifyInstance
  /** Whether a gateway lets a bearer token through. */
  readonly isLive: (token: string) => boolean
  /** The client that a token was made for, as long as it is remembered. */
  readonly clientOf: (token: string) => string | undefined
}

/** Tokens that are remembered; every call makes a new one, so that a client that never caches shows. */
const tokensKept = 10_000

/** Stands in for `https://ims-na1.adobelogin.com`: OAuth server-to-server (reference §0.4). */
export function createIms(options: ImsOptions): Ims {
  const { clock } = options
  const tokens = new Map<string, { readonly untilMs: number; readonly clientId: string }>()
  const app = createServer(65_536)
  injectFaults(app, { ...options, render: httpStatusAnswer })

  app.post('/ims/token/v3', { config: { operation: 'ims.token' } }, (request, reply) => {
    const refuse = (error: string, text: string): void => {
      request.answer = error
      void reply.code(400).send({ error, error_description: text })
    }
    if (mediaTypeOf(request) !== formType) {
      refuse('invalid_request', `the body must be ${formType}`)
      return
    }
    const form = new URLSearchParams(bodyOf(request).toString())
    if (form.get('grant_type') !== 'client_credentials') {
      refuse('unsupported_grant_type', 'grant_type must be client_credentials')
      return
    }
    const clientId = form.get('client_id') ?? ''
    if (clientId !== options.clientId && options.isClient?.(clientId) !== true) {
      refuse('invalid_client', 'invalid client_id parameter')
      return
    }
    if (form.get('client_secret') !== options.clientSecret) {
      refuse('invalid_client', 'invalid client_secret parameter')
      return
    }
    if ((form.get('scope') ?? '') === '') {
      refuse('invalid_scope', 'scope is missing')
      return
    }
    const token = `eyJ.sandbox.${randomUUID()}`
    tokens.set(token, { untilMs: clock.nowMs() + options.tokenTtlS * 1000, clientId })
    for (const oldest of tokens.keys()) {
      if (tokens.size <= tokensKept) break
      tokens.delete(oldest)
    }
    void reply.send({ access_token: token, token_type: 'bearer', expires_in: options.tokenTtlS })
  })

  return {
    app,
    isLive: (token) => clock.nowMs() < (tokens.get(token)?.untilMs ?? 0),
    clientOf: (token) => tokens.get(token)?.clientId,
  }
}

/** A scripted HTTP status with a body that says nothing. */
function httpStatusAnswer(code: string): WireAnswer | undefined {
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: 'sandbox_fault' }),
  }
}
