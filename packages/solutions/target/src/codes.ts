import {
  failed,
  misconfigured,
  refusal,
  refusalOfStatus,
  retryAfterMs,
  retryRow,
  retrySolution,
  segmentGone,
} from '@segue/solution-kit'
import type { HttpResponse, Refusal, Verdict } from '@segue/solution-kit'

/**
 * What an answer of Target asks for. Most are a verdict; the others are handled where they arise:
 * `authenticate`: get a new token and repeat once · `too-large`: halve the call · `not-found`: the audience is gone, or the tenant's name is wrong.
 */
export type CodeClass = Verdict | { readonly kind: 'authenticate' | 'too-large' | 'not-found' }

/** Which of Target's interfaces answered: each has codes of its own. */
export type TargetApi = 'bulk' | 'delivery' | 'admin'

interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly class: CodeClass
  /** For people. */
  readonly meaning: string
}

function entry(code: string, codeClass: CodeClass, meaning: string): CodeEntry {
  return { code, class: codeClass, meaning }
}

const adapterFault = 'the adapter made a call that Target cannot read'
const throttled = retrySolution(2_000, false)
const broken = retryRow(5_000, true)

/**
 * Every code of `reference/solutions.md` §5.2, §5.3 and §0.4, by interface: an HTTP status, a gateway's code, `success=false` of a batch, or `400 client`, a
 * 400 whose message is about the client [I]. The Profile API does
 * not document its statuses: those of `bulk` other than `success=false` are taken from the gateway's and HTTP's meaning [I].
 */
export const targetCodes: Readonly<Record<TargetApi, ReadonlyMap<string, CodeEntry>>> = {
  bulk: new Map([
    ['success=false', entry('BATCH_REFUSED', retryRow(60_000, false), 'the batch was not taken')],
    ['400', entry('BATCH_INVALID', failed, adapterFault)],
    ['401', entry('PROFILE_TOKEN_REFUSED', { kind: 'authenticate' }, 'no valid profile token')],
    ['403', entry('PROFILE_TOKEN_REFUSED', { kind: 'authenticate' }, 'no valid profile token')],
    ['404', entry('CLIENT_UNKNOWN', misconfigured('clientCode'), 'no such client code')],
    ['413', entry('CALL_TOO_LARGE', { kind: 'too-large' }, 'one profile alone is over the size')],
    ['420', entry('RATE_LIMIT', retrySolution(2_000, false), 'too many calls at once')],
    ['429', entry('RATE_LIMIT', throttled, 'too many calls')],
    ['500', entry('TARGET_FAILED', broken, 'an error inside Target')],
    ['502', entry('GATEWAY_FAILED', broken, 'gateway or time-out')],
    ['503', entry('TARGET_UNAVAILABLE', retrySolution(2_000, true), 'temporarily unavailable')],
  ]),
  delivery: new Map([
    ['400', entry('DELIVERY_INVALID', failed, 'Target does not take the call')],
    ['400 client', entry('CLIENT_UNKNOWN', misconfigured('clientCode'), 'no such client code')],
    ['404', entry('CLIENT_UNKNOWN', misconfigured('clientCode'), 'no such client code')],
    ['413', entry('CALL_TOO_LARGE', failed, 'the call of one person is over the size')],
    ['420', entry('RATE_LIMIT', retrySolution(2_000, false), 'too many calls at once')],
    ['429', entry('RATE_LIMIT', throttled, 'too many calls')],
    ['500', entry('TARGET_FAILED', broken, 'an error inside Target')],
    ['502', entry('GATEWAY_FAILED', broken, 'gateway or time-out')],
    ['503', entry('TARGET_UNAVAILABLE', retrySolution(2_000, true), 'temporarily unavailable')],
  ]),
  admin: new Map([
    ['400', entry('AUDIENCE_INVALID', failed, 'Target does not take the audience')],
    ['401', entry('ACCESS_TOKEN_INVALID', { kind: 'authenticate' }, 'the access token is over')],
    ['401013', entry('ACCESS_TOKEN_INVALID', { kind: 'authenticate' }, 'the access token is over')],
    ['403', entry('ACCESS_DENIED', misconfigured('clientId'), 'no role in the workspace')],
    ['403010', entry('ACCESS_TOKEN_MISSING', misconfigured('clientId'), 'no token arrived')],
    [
      '403023',
      entry('ACCESS_DENIED', misconfigured('clientId'), 'no Target behind the credential'),
    ],
    ['404', entry('NOT_FOUND', { kind: 'not-found' }, 'no such audience, or no such tenant')],
    ['404040', entry('NOT_FOUND', { kind: 'not-found' }, 'no such audience, or no such tenant')],
    ['405', entry('METHOD_REFUSED', failed, adapterFault)],
    ['406', entry('MEDIA_TYPE_REFUSED', failed, adapterFault)],
    ['407', entry('PROXY_REFUSED', misconfigured('adminUrl'), 'a proxy asks for credentials')],
    ['409', entry('AUDIENCE_CONFLICT', retryRow(60_000, false), 'another audience is in the way')],
    ['415', entry('MEDIA_TYPE_REFUSED', failed, adapterFault)],
    ['429', entry('RATE_LIMIT', throttled, 'too many calls')],
    ['429001', entry('RATE_LIMIT', throttled, 'too many calls')],
    ['429050', entry('RATE_LIMIT', throttled, 'too many calls')],
    ['500', entry('TARGET_FAILED', broken, 'an error inside Target')],
    ['502', entry('GATEWAY_FAILED', broken, 'the gateway has no such address, or Target is away')],
    ['503', entry('TARGET_UNAVAILABLE', retrySolution(2_000, true), 'temporarily unavailable')],
  ]),
}

const apiNames = { bulk: 'Profile API', delivery: 'Delivery API', admin: 'Admin API' }
const credentialSetting = { bulk: 'profileToken', delivery: 'clientCode', admin: 'clientId' }

/** The class of a code; undefined where it is not documented. */
export function classOfCode(api: TargetApi, code: string): CodeClass | undefined {
  return targetCodes[api].get(code)?.class
}

/**
 * The receipt of an answer where nothing better can be done about it in the call.
 * @param code a key of the interface's table; any other is judged by the HTTP status alone
 */
export function refusalOfCode(
  api: TargetApi,
  code: string,
  response: Pick<HttpResponse, 'status' | 'headers'>,
  nowMs: number,
): Refusal {
  const found = targetCodes[api].get(code)
  if (found === undefined) return refusalOfStatus(response, credentialSetting[api], nowMs)
  const verdict = finalVerdict(api, found.class)
  const because = refusal(found.code, verdict, `${apiNames[api]} ${code}: ${found.meaning}`)
  if (because.status !== 'retry') return because
  return { ...because, afterMs: retryAfterMs(response.headers, nowMs) ?? because.afterMs }
}

function finalVerdict(api: TargetApi, codeClass: CodeClass): Verdict {
  switch (codeClass.kind) {
    case 'authenticate':
      return misconfigured(credentialSetting[api])
    case 'too-large':
      return failed
    case 'not-found':
      return misconfigured('tenant')
    case 'retry':
    case 'excluded':
    case 'failed':
    case 'misconfigured':
      return codeClass
  }
}

/** The row's or segment's audience is not there any more. */
export const audienceGone: Refusal = refusal(
  segmentGone,
  retryRow(1_000, false),
  'the audience was deleted in Target',
)

/** An activity uses the audience; it can be removed once somebody detaches it (`reference/solutions.md` §5.3). */
export const audienceInUse: Refusal = refusal(
  'AUDIENCE_IN_USE',
  retryRow(600_000, false),
  'an activity in Target uses the audience: take it out of the activity, then it is removed by itself',
)
