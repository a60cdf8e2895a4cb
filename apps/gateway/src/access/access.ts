import { allPermissions, missingOf, rightsOf } from '@segue/destinations'
import type { Needs, Permission } from '@segue/destinations'
import type { TokenGrant } from '@segue/redis'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnswerProblem } from '../answers.ts'
import { Problem } from '../problem.ts'
import { withDeadline } from '../with-deadline.ts'
import type { Access } from './permissions.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfHeaderName, isCsrfToken } from './session.ts'
import type { TokenChecks } from './token-checks.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. Every route says so, or the gateway does not start. */
    access?: Access
  }
  interface FastifyRequest {
    /** What the request's token allows; null on routes for anybody. */
    grant: TokenGrant | null
    /** The session's token, where the request came with a cookie instead of a bearer token. */
    session: string | null
  }
}

export interface AccessOptions {
  readonly checks: TokenChecks
  /** Name of the cookie that holds a session. */
  readonly sessionName: string
  readonly answerProblem: AnswerProblem
}

/** How long the look-up of a token may take; the rest of the two seconds is for the request itself. */
const checkDeadlineMs = 1_000

/**
 * Lets nothing pass that the route's `access` does not allow. A route of anywhere in the app that says nothing of its access
 * keeps the app from starting.
 */
export function guardRoutes(app: FastifyInstance, options: AccessOptions): void {
  const { answerProblem } = options
  const undeclared: string[] = []
  const seen: { readonly name: string; readonly access: () => Access | undefined }[] = []
  app.decorateRequest('grant', null)
  app.decorateRequest('session', null)
  app.addHook('onRoute', (route) => {
    const name = `${String(route.method)} ${route.url}`
    seen.push({ name, access: () => route.config?.access })
  })
  app.addHook('onReady', async () => {
    for (const { name, access } of seen) if (access() === undefined) undeclared.push(name)
    if (undeclared.length > 0) throw new Error(`routes without access: ${undeclared.join(', ')}`)
  })
  // Refusals are sent from here and not thrown, so that no plugin's own error handler answers them.
  app.addHook('onRequest', async (request, reply) => {
    try {
      await authorize(request, options)
    } catch (error) {
      return answerProblem(request, reply, error)
    }
  })
  // After the body is there, since a form carries its token inside.
  app.addHook('preHandler', async (request, reply) => {
    try {
      refuseForgery(request)
    } catch (error) {
      return answerProblem(request, reply, error)
    }
  })
}

async function authorize(request: FastifyRequest, options: AccessOptions): Promise<void> {
  // An address that leads nowhere is told as that to anybody.
  if (request.is404) return
  const { access } = request.routeOptions.config
  if (access === 'anybody') return
  const { token, session } = credential(request, options.sessionName)
  if (token === undefined) throw new Problem('TOKEN_MISSING', 'the request carries no token')
  const grant = await withDeadline(options.checks.check(token), checkDeadlineMs)
  if (grant === undefined) {
    throw new Problem('TOKEN_INVALID', 'the token is not known, was revoked or has expired')
  }
  request.grant = grant
  if (session) request.session = token
  if (access === 'anyToken') return
  const missing = missingFor(grant, access ?? [])
  if (missing.length > 0) {
    throw new Problem('PERMISSION_MISSING', `the token lacks ${missing.join(', ')}`, {
      fields: { permission: missing[0], permissions: missing },
    })
  }
}

/** A bearer token, or else the session's cookie: a program that has a token never depends on cookies. */
function credential(
  request: FastifyRequest,
  sessionName: string,
): { readonly token: string | undefined; readonly session: boolean } {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, token] = /^Bearer +([^\s]+)$/i.exec(authorization) ?? []
    return { token, session: false }
  }
  return { token: request.cookies[sessionName], session: true }
}

/** A change by cookie must come from a page of ours: told by its origin, and by a token that only such a page can read. */
function refuseForgery({ session, method, headers, body }: FastifyRequest): void {
  if (session === null || method === 'GET' || method === 'HEAD') return
  const field = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined
  if (!isSameOrigin(headers) || !isCsrfToken(headers[csrfHeaderName] ?? field, session)) {
    throw new Problem('CSRF_REFUSED', 'the change did not come from a page of this gateway')
  }
}

/** Whether the request may do something beyond what its route asks for. */
export function mayAlso(request: FastifyRequest, needs: Needs): boolean {
  const { grant } = request
  return grant !== null && missingFor(grant, needs).length === 0
}

function missingFor({ permissions }: TokenGrant, needs: Needs): readonly Permission[] {
  const held = permissions.includes('admin') ? allPermissions : (permissions as Permission[])
  const rights = rightsOf([{ permissions: held, sandboxes: ['*'] }])
  return missingOf(rights, needs, { sandbox: 'prod', sandboxes: ['prod'], rule: 'seed' })
}
