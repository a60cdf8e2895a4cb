import { failed, misconfigured, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Refusal, Verdict } from '@segue/solution-kit'

/**
 * What a code of Campaign Standard asks for. Most are a verdict; the others are handled where they arise:
 * `authenticate`: get a new token and repeat once · `unknown-record`: an address or key that we remembered names nothing, ask again ·
 * `exists`: it may be there already, look · `expression`: Campaign cannot evaluate a filter or parameter ·
 * `refused`: failed, but first look whether it is not so already.
 */
export type CodeClass =
  | Verdict
  | { readonly kind: 'authenticate' | 'unknown-record' | 'exists' | 'expression' | 'refused' }

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

const wrongUri = 'the gateway cannot place the call: check the organization in url'
const tooMany = 'too many calls'

/** Codes of the gateway in front of Campaign (`error_code` or `code` of its JSON; `reference/solutions.md` §0.4; 403000 and 403003 [I]). */
export const gatewayCodes: ReadonlyMap<string, CodeEntry> = new Map([
  ['401013', entry('TOKEN_INVALID', { kind: 'authenticate' }, 'the token is invalid or expired')],
  ['403000', entry('API_KEY_REFUSED', misconfigured('clientId'), 'no API key arrived')],
  ['403003', entry('API_KEY_REFUSED', misconfigured('clientId'), 'the API key is not valid')],
  [
    '403010',
    entry('TOKEN_MISSING', misconfigured('url'), 'no token arrived: something on the way drops it'),
  ],
  [
    '403023',
    entry(
      'PROFILE_NOT_VALID',
      misconfigured('clientId'),
      'Campaign is not provisioned for this credential, or not for this organization',
    ),
  ],
  ['404040', entry('RESOURCE_UNKNOWN', misconfigured('url'), 'no such resource: check url')],
  ['429001', entry('RATE_LIMIT', retrySolution(2_000, false), tooMany)],
  ['429050', entry('RATE_LIMIT', retrySolution(2_000, false), tooMany)],
  ['500', entry('GATEWAY_TROUBLE', retryRow(2_000, true), wrongUri)],
  ['502', entry('GATEWAY_TROUBLE', retryRow(2_000, true), wrongUri)],
])

/**
 * Codes in the texts of Campaign itself, most telling first: one text often has several (`reference/solutions.md` §4.1;
 * XTK-170036, RST-360012 and PGS-220000 by Adobe's table of error messages for the migration to v8).
 */
export const productCodes: ReadonlyMap<string, CodeEntry> = new Map([
  [
    'PGS-220000',
    entry('DATABASE_ERROR', retryRow(5_000, false), 'Campaign’s database refused the call'),
  ],
  [
    'XTK-170036',
    entry(
      'RECORD_UNKNOWN',
      { kind: 'unknown-record' },
      'Campaign does not know the key of a record',
    ),
  ],
  [
    'XTK-170006',
    entry('EXPRESSION_INVALID', { kind: 'expression' }, 'Campaign cannot read an expression'),
  ],
  [
    'RST-360012',
    entry('OPERATION_INCONSISTENT', { kind: 'refused' }, 'the call contradicts its own address'),
  ],
  [
    'RST-360000',
    entry('EXPRESSION_FAILED', { kind: 'expression' }, 'Campaign cannot evaluate an expression'),
  ],
  ['RST-360011', entry('OPERATION_REFUSED', { kind: 'refused' }, 'Campaign refused the operation')],
])

const duplicate = entry('ALREADY_EXISTS', { kind: 'exists' }, 'Campaign has a record with this key')
const recordUnknown = entry(
  'RECORD_UNKNOWN',
  { kind: 'unknown-record' },
  'Campaign has no such record',
)

const codeInText = /\b[A-Z]{3}-\d{6}\b/g

/** The entry of a gateway code; undefined where it is none that is documented. */
export function gatewayEntry(code: string): CodeEntry | undefined {
  return gatewayCodes.get(code)
}

/**
 * The entry of an error of Campaign itself, by its status and text; undefined where neither says anything of its own.
 * Only codes and fixed phrases are read: the rest of a text may name a person.
 */
export function productEntry(status: number, text: string): CodeEntry | undefined {
  // A missing record has the status 404 whatever its text; `RST-360011` stands in front of nearly everything.
  if (status === 404) return recordUnknown
  if (status === 409 || /duplicate key|with the same key/i.test(text)) return duplicate
  const codes: readonly string[] = text.match(codeInText) ?? []
  for (const [code, known] of productCodes) if (codes.includes(code)) return known
  const [other] = codes
  return other === undefined ? undefined : undocumented(other)
}

function undocumented(code: string): CodeEntry {
  return entry(
    `CAMPAIGN_${code.replace('-', '_')}`,
    { kind: 'refused' },
    'a code that is not documented',
  )
}

/** After the one repeat with a new token: the credential was revoked, or is not one of this organization. */
const stillNotAuthenticated = misconfigured('clientId')

/** The receipt of an entry where nothing better can be done about it in the call. */
export function refusalOfEntry({ code, class: codeClass, meaning }: CodeEntry): Refusal {
  return refusal(code, finalVerdict(codeClass), meaning)
}

function finalVerdict(codeClass: CodeClass): Verdict {
  switch (codeClass.kind) {
    case 'authenticate':
      return stillNotAuthenticated
    case 'unknown-record':
      // Looked up again and refused again: the record is being changed, or its key is not what it seems.
      return retryRow(5_000, false)
    case 'exists':
    case 'expression':
    case 'refused':
      return failed
    case 'retry':
    case 'excluded':
    case 'failed':
    case 'misconfigured':
      return codeClass
  }
}
