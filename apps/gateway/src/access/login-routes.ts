import type { Tokens } from '@segue/redis'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problem.ts'
import { answers, content, open, redirect } from '../routes/schemas.ts'
import { loginPage, pageHeaders, safeNext } from './login-page.ts'
import { isSameOrigin } from './same-origin.ts'
import { csrfCookieName, csrfTokenOf, sessionSeconds } from './session.ts'
import type { SessionCookies } from './session.ts'
import type { TokenChecks } from './token-checks.ts'

export interface LoginOptions {
  readonly tokens: Pick<Tokens, 'issue' | 'revoke'>
  readonly checks: TokenChecks
  readonly cookies: SessionCookies
}

const formBytesMax = 8_192

/** Where a browser exchanges a token for a session, and ends it. */
export function loginRoutes(gateway: FastifyInstance, options: LoginOptions): void {
  const { tokens, checks, cookies } = options
  const { sessionName, options: cookieOptions } = cookies

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
        const grant = session === undefined ? undefined : await checks.check(session)
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
        const grant = await checks.check((form['token'] ?? '').trim())
        const next = safeNext(form['next'])
        if (grant === undefined) {
          const page = loginPage({ next, problem: 'This token is not known, or has expired.' })
          return reply.code(401).headers(pageHeaders).send(page)
        }
        const expiresAtMs = Date.now() + sessionSeconds * 1_000
        const session = await tokens.issue({
          name: grant.name,
          permissions: grant.permissions,
          expiresAtMs: Math.min(expiresAtMs, grant.expiresAtMs ?? expiresAtMs),
        })
        return reply
          .setCookie(sessionName, session, { ...cookieOptions, httpOnly: true })
          .setCookie(csrfCookieName, csrfTokenOf(session), cookieOptions)
          .redirect(next, 303)
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
        if (request.session !== null) {
          await tokens.revoke(request.session)
          checks.forget(request.session)
        }
        return reply
          .clearCookie(sessionName, cookieOptions)
          .clearCookie(csrfCookieName, cookieOptions)
          .redirect('/login', 303)
      },
    )
  })
}

const documented = { tags: ['Browser'] }

function fieldsOf(body: unknown): Record<string, string> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
