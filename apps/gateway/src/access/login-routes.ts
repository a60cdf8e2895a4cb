import type { StoreClock, TokenGrant, Tokens } from '@segue/redis'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'
import { answers, content, open, redirect } from '../routes/schemas.ts'
import type { Authenticate } from './authenticate.ts'
import { loginPage, pageHeaders, safeNext } from './login-page.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfCookieName, csrfTokenOf, sessionSeconds } from './session.ts'
import type { SessionCookies } from './session.ts'
import { isSigned } from './token-checks.ts'
import type { TokenChecks } from './token-checks.ts'

export interface LoginOptions {
  readonly tokens: Pick<Tokens, 'issue' | 'revoke' | 'verify'>
  readonly authenticate: Authenticate
  readonly checks: Pick<TokenChecks, 'forget'>
  readonly cookies: SessionCookies
  readonly clock: Pick<StoreClock, 'nowMs'>
}

const formBytesMax = 8_192

/** Where a browser exchanges a token for a session, and ends it. */
export function loginRoutes(gateway: FastifyInstance, options: LoginOptions): void {
  const { tokens, authenticate, checks, cookies, clock } = options
  const { sessionName, options: cookieOptions } = cookies

  const known = async (token: string, request: FastifyRequest): Promise<TokenGrant | undefined> => {
    try {
      return await authenticate(token, request.ip)
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }
  /** @returns the session's token */
  const startSession = async (given: string, address: string): Promise<string> => {
    const grant = await authenticate(given, address)
    const expiresAtMs = clock.nowMs() + sessionSeconds * 1_000
    const { token, grant: session } = await tokens.issue({
      name: grant.name,
      roles: grant.roles,
      expiresAtMs: Math.min(expiresAtMs, grant.expiresAtMs ?? expiresAtMs),
      sessionOf: grant.parent ?? grant.id,
    })
    // Who revoked the token meanwhile could not see the session yet.
    if (!isSigned(given) && (await tokens.verify(given)) === undefined) {
      await tokens.revoke(session.id)
      throw new Problem('TOKEN_INVALID', 'the token was revoked')
    }
    return token
  }

  gateway.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: formBytesMax },
      (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(body.toString())))
      },
    )

    scope.get(
      '/login',
      {
        config: { access: 'anybody' },
        schema: {
          ...documented,
          summary: 'The page to sign in',
          ...open,
          response: answers({ 200: content('text/html', 'The page.') }),
        },
      },
      async (request, reply) => {
        const session = request.cookies[sessionName]
        const grant = session === undefined ? undefined : await known(session, request)
        const signedIn =
          session === undefined || grant === undefined
            ? {}
            : { signedIn: { name: grant.name, session } }
        return reply.headers(pageHeaders).send(loginPage({ next: '/queues', ...signedIn }))
      },
    )

    scope.route({
      method: 'POST',
      url: '/login',
      config: { access: 'anybody' },
      schema: {
        ...documented,
        summary: 'Exchanges a token for a session',
        ...open,
        response: answers({ 303: redirect('Signed in.') }),
      },
      handler: async (request, reply) => {
        // Else another site could sign a person in with a token of its own.
        if (!isSameOrigin(request.headers)) {
          throw new Problem('CSRF_REFUSED', 'the form is not one of this gateway')
        }
        const form = fieldsOf(request.body)
        const next = safeNext(form['next'])
        try {
          const session = await startSession((form['token'] ?? '').trim(), request.ip)
          return await reply
            .setCookie(sessionName, session, { ...cookieOptions, httpOnly: true })
            .setCookie(csrfCookieName, csrfTokenOf(session), cookieOptions)
            .redirect(next, 303)
        } catch (error) {
          if (!isRefusal(error)) throw error
          if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
          const page = loginPage({ next, problem: error.message })
          return reply.code(error.status).headers(pageHeaders).send(page)
        }
      },
    })

    scope.post(
      '/logout',
      {
        config: { access: 'anyToken' },
        schema: {
          ...documented,
          summary: 'Ends the session',
          response: answers({ 303: redirect('Signed out.') }),
        },
      },
      async (request, reply) => {
        // Only a session ends here: a bearer token is not something to lose by a request.
        if (request.session !== null && request.grant?.session === true) {
          await tokens.revoke(request.grant.id)
          checks.forget()
        }
        return reply
          .clearCookie(sessionName, cookieOptions)
          .clearCookie(csrfCookieName, cookieOptions)
          .redirect('/login', 303)
      },
    )
  })
}

/** The credential itself was refused: a person is to read why. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && (error.status === 401 || error.status === 429)
}

const documented = { tags: ['Browser'] }

function fieldsOf(body: unknown): Record<string, string> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
