import { missingOf } from '@segue/destinations'
import type { Needs, Permission, Place } from '@segue/destinations'
import type { TokenGrant } from '@segue/redis'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnswerProblem } from '../answers.ts'
import { Problem } from '../problem.ts'
import { sandboxNameOf } from '../sandbox.ts'
import { withDeadline } from '../with-deadline.ts'
import type { Authenticate } from './authenticate.ts'
import type { Access } from './permissions.ts'
import type { RightsBook, Standing } from './rights-book.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfHeaderName, isCsrfToken } from './session.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. Every route says so, or the gateway does not start. */
    access?: Access
  }
  interface FastifyRequest {
    /** Whom the request's token stands for; null on routes for anybody. */
    grant: TokenGrant | null
    /** What that allows, and where; null on routes for anybody. */
    standing: (Standing & Pick<Place, 'sandboxes'>) | null
    /** The session's token, where the request came with a cookie instead of a bearer token. */
    session: string | null
  }
}

export interface AccessOptions {
  readonly authenticate: Authenticate
  readonly book: RightsBook
  /** Names of those that this gateway serves. */
  readonly sandboxes: readonly string[]
  /** Name of the cookie that holds a session. */
  readonly sessionName: string
  readonly answerProblem: AnswerProblem
}

/** How long the look-up of a token may take; the rest of the two seconds is for the request itself. */
const checkDeadlineMs = 1_000
/** Names the vendor's id of the organisation, as Experience Platform's own APIs have it. */
const organisationHeader = 'x-gw-ims-org-id'

/**
 * Lets nothing pass that the route's `access` does not allow. A route of anywhere in the app that says nothing of its access
 * keeps the app from starting.
 */
export function guardRoutes(app: FastifyInstance, options: AccessOptions): void {
  const { answerProblem } = options
  const undeclared: string[] = []
  const seen: { readonly name: string; readonly access: () => Access | undefined }[] = []
  app.decorateRequest('grant', null)
  app.decorateRequest('standing', null)
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
  const { authenticate, book, sandboxes, sessionName } = options
  const { token, session } = credential(request, sessionName)
  if (token === undefined) throw new Problem('TOKEN_MISSING', 'the request carries no token')
  const grant = await withDeadline(authenticate(token, request.ip), checkDeadlineMs)
  const standing = await withDeadline(book.standingOf(grant), checkDeadlineMs)
  request.grant = grant
  request.standing = { ...standing, sandboxes }
  if (session) request.session = token
  const organisation = request.headers[organisationHeader]
  if (organisation !== undefined && organisation !== standing.imsOrgId) {
    throw new Problem('ORGANISATION_OTHER', `this gateway serves another organisation`)
  }
  if (access === 'anyToken') return
  const missing = missingFor(request, access ?? [])
  if (missing.length > 0) throw permissionMissing(missing)
}

/** @param missing not empty */
export function permissionMissing(missing: readonly Permission[]): Problem {
  return new Problem('PERMISSION_MISSING', `the token lacks ${missing.join(', ')} here`, {
    fields: { permission: missing[0], permissions: missing },
  })
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

/**
 * Whether the request may do something beyond what its route asks for.
 * @param sandbox another one than the request's
 */
export function mayAlso(request: FastifyRequest, needs: Needs, sandbox?: string): boolean {
  return request.standing !== null && missingFor(request, needs, sandbox).length === 0
}

/**
 * What the request lacks to do something.
 * @param sandbox another one than the request's
 * @returns empty where it may
 */
export function missingFor(
  request: FastifyRequest,
  needs: Needs,
  sandbox: string = sandboxNameOf(request),
): readonly Permission[] {
  const { standing } = request
  if (standing === null) throw new Error('a route for anybody has no permissions to ask for')
  return missingOf(standing.rights, needs, { ...standing, sandbox })
}
