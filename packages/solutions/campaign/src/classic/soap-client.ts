import { withToken } from '@segue/solution-kit'
import type { HttpClient, Secret, TokenCache } from '@segue/solution-kit'
import { readSession } from './session.ts'
import type { XmlContent } from './soap-envelope.ts'
import { readOutcome } from './soap-outcome.ts'
import type { SessionRefused, SoapOutcome } from './soap-outcome.ts'
import { soapRequest, soapRouter } from './soap-request.ts'

/** One SOAP call: a method of a schema's service, with its parameters in order. */
export interface SoapCall {
  readonly schema: 'xtk:persist' | 'xtk:queryDef'
  readonly method: 'Write' | 'WriteCollection' | 'ExecuteQuery'
  readonly parameters: { readonly [name: string]: XmlContent }
}

export type CallSoap = (call: SoapCall) => Promise<SoapOutcome>

/**
 * Makes the function that all SOAP calls but the logon go through: puts both tokens of the session on, reads the answer, and
 * repeats a call once, in a new session, where the old one was not taken. Nothing else is repeated here.
 */
export function soapClient(options: {
  readonly http: HttpClient
  readonly url: string
  readonly sessions: TokenCache
  readonly nowMs: () => number
}): CallSoap {
  const router = soapRouter(options.url)

  return async (call) => {
    const outcome = await withToken(options.sessions, isSessionRefused, (secret) =>
      attempt(call, secret),
    )
    if (outcome.kind !== 'session-refused') return outcome
    return { kind: 'refused', refusal: outcome.refusal }
  }

  async function attempt(call: SoapCall, secret: Secret): Promise<SoapOutcome | SessionRefused> {
    const session = readSession(secret)
    const request = soapRequest(router, call)
    const headers = {
      ...request.headers,
      'x-security-token': session.securityToken,
      cookie: `__sessiontoken=${session.sessionToken}`,
    }
    const answer = await options.http.request({ ...request, headers })
    return readOutcome(answer, call.method, options.nowMs())
  }
}

function isSessionRefused({ kind }: SoapOutcome | SessionRefused): boolean {
  return kind === 'session-refused'
}
