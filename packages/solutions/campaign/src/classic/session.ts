import { z } from 'zod'
import { Secret, misconfigured, refusal, retrySolution } from '@segue/solution-kit'
import type { HttpClient, Refusal, TokenFetch } from '@segue/solution-kit'
import { textOf } from './soap-envelope.ts'
import { readOutcome } from './soap-outcome.ts'
import { soapRequest, soapRouter } from './soap-request.ts'

/** Both tokens that a call carries. */
export interface Session {
  readonly sessionToken: string
  readonly securityToken: string
}

const logonAnswer = z.object({ pstrSessionToken: z.unknown(), pstrSecurityToken: z.unknown() })
/** What may stand in a header and a cookie. */
const sendable = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/

/**
 * Logs on (`xtk:session#Logon`, `reference/solutions.md` §4.2); used as `fetch` of a token cache, which keeps both tokens as one.
 * @param options.sessionSecs how long they live; the answer does not say
 */
export function logon(options: {
  readonly http: HttpClient
  readonly url: string
  readonly login: string
  readonly password: Secret
  readonly sessionSecs: number
  readonly nowMs: () => number
}): () => Promise<TokenFetch> {
  return async () => {
    const request = soapRequest(soapRouter(options.url), {
      schema: 'xtk:session',
      method: 'Logon',
      parameters: {
        sessiontoken: '',
        strLogin: options.login,
        strPassword: options.password.reveal(),
        elemParameters: '',
      },
    })
    const answer = await options.http.request({ ...request, budget: 'none' })
    const outcome = readOutcome(answer, 'Logon', options.nowMs())
    if (outcome.kind === 'fault') return refused(refusalOfLogon(outcome.refusal))
    if (outcome.kind !== 'answer') return refused(outcome.refusal)
    const tokens = logonAnswer.safeParse(outcome.content)
    if (!tokens.success) return refused(unreadable)
    const session: Session = {
      sessionToken: textOf(tokens.data.pstrSessionToken),
      securityToken: textOf(tokens.data.pstrSecurityToken),
    }
    if (!sendable.test(session.sessionToken) || !sendable.test(session.securityToken)) {
      return refused(unreadable)
    }
    const secret = new Secret(JSON.stringify(session))
    return { kind: 'token', secret, expiresInMs: options.sessionSecs * 1000 }
  }
}

const unreadable = refusal('TOKEN_ANSWER_UNREADABLE', retrySolution(5_000, false))

/** A logon that Campaign understood and refused is about the credentials, unless it says that it is not. */
function refusalOfLogon(because: Refusal): Refusal {
  if (because.status === 'misconfigured' || because.code === 'TRANSACTION_ABORTED') return because
  return refusal(
    'CREDENTIALS_REFUSED',
    misconfigured('password'),
    'Campaign refused the logon: check login and password',
  )
}

const sessionShape = z.object({ sessionToken: z.string(), securityToken: z.string() })

/** The tokens of a session that the token cache holds. */
export function readSession(secret: Secret): Session {
  return sessionShape.parse(JSON.parse(secret.reveal()))
}

function refused(because: Refusal): TokenFetch {
  return { kind: 'refused', refusal: because }
}
