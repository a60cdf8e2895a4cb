import { failed, misconfigured, refusal, retryRow } from '@segue/solution-kit'
import type { Refusal, Verdict } from '@segue/solution-kit'

/** A SOAP fault as Campaign Classic answers it. */
export interface SoapFault {
  /** Without its prefix: `Client`, `Server`, `VersionMismatch`, `MustUnderstand`. */
  readonly faultCode: string
  /** Fault string and detail together. Never shown: it may name a person. */
  readonly text: string
}

/**
 * What a fault asks for. Most are a verdict; the others are handled where they arise:
 * `authenticate`: log on again and repeat once · `exists`: it may be there already, look.
 */
export type FaultClass = Verdict | { readonly kind: 'authenticate' | 'exists' }

export interface FaultEntry {
  /** Our code, stable. */
  readonly code: string
  readonly class: FaultClass
  /** One row of a collection may have caused it, and the others be sound: cut the collection and find it. */
  readonly divisible: boolean
  /** For people. */
  readonly meaning: string
}

/** Faults that their text names, most telling first; codes and phrases that are not in the reference are interpretations [I]. */
const byText: readonly (readonly [pattern: RegExp, entry: FaultEntry])[] = [
  [
    /XSV-350008|session\b.{0,60}\b(?:expired|invalid)|(?:expired|invalid)\b.{0,30}\bsession/i,
    {
      code: 'SESSION_EXPIRED',
      class: { kind: 'authenticate' },
      divisible: false,
      meaning: 'the session has expired',
    },
  ],
  [
    /XSV-350012|invalid login|login or password/i,
    {
      code: 'CREDENTIALS_REFUSED',
      class: misconfigured('password'),
      divisible: false,
      meaning: 'login or password is wrong',
    },
  ],
  [
    /XSV-350013/,
    {
      code: 'ADDRESS_NOT_ALLOWED',
      class: misconfigured('login'),
      divisible: false,
      meaning: 'the operator may not log on from this address (security zone)',
    },
  ],
  [
    /unique (?:constraint|index)|duplicate key/i,
    {
      code: 'UNIQUE_INDEX',
      class: { kind: 'exists' },
      divisible: true,
      meaning: 'a unique index has this value already',
    },
  ],
  [
    /deadlock|SQLState: ?40001/i,
    {
      code: 'TRANSACTION_ABORTED',
      class: retryRow(2_000, false),
      divisible: false,
      meaning: 'the database gave up the transaction',
    },
  ],
  [
    /XTK-\d{6}/,
    {
      code: 'EXPRESSION_INVALID',
      class: failed,
      divisible: true,
      meaning: 'Campaign cannot read an expression or an attribute',
    },
  ],
]

/**
 * Faults by their SOAP code (`reference/solutions.md` §4.2). A fault means that nothing of the call was written, so none is in
 * doubt. `Server` may be over the next time; `Client` says that the call is wrong, and would be again.
 */
export const faultCodes: ReadonlyMap<string, FaultEntry> = new Map([
  [
    'VersionMismatch',
    {
      code: 'SOAP_VERSION_MISMATCH',
      class: failed,
      divisible: false,
      meaning: 'Campaign reads another version of SOAP',
    },
  ],
  [
    'MustUnderstand',
    {
      code: 'SOAP_MUST_UNDERSTAND',
      class: failed,
      divisible: false,
      meaning: 'Campaign does not understand a header',
    },
  ],
  [
    'Client',
    {
      code: 'SOAP_CLIENT',
      class: failed,
      divisible: true,
      meaning: 'Campaign refuses what it was sent',
    },
  ],
  [
    'Server',
    {
      code: 'SOAP_SERVER',
      class: retryRow(5_000, false),
      divisible: true,
      meaning: 'Campaign could not do it',
    },
  ],
])

const undocumented: FaultEntry = {
  code: 'SOAP_FAULT',
  class: retryRow(5_000, false),
  divisible: true,
  meaning: 'a fault that is not documented',
}

/** The entry of a fault. Only codes and fixed phrases of its text are read. */
export function faultEntry(fault: SoapFault): FaultEntry {
  for (const [pattern, entry] of byText) if (pattern.test(fault.text)) return entry
  return faultCodes.get(fault.faultCode) ?? undocumented
}

/** After the one repeat with a new session: wait rather than log on in a loop. */
const stillNotLoggedOn: Verdict = {
  kind: 'retry',
  scope: 'solution',
  afterMs: 2_000,
  inDoubt: false,
}

/** The receipt of an entry where nothing better can be done about it in the call. */
export function refusalOfFault({ code, class: faultClass, meaning }: FaultEntry): Refusal {
  return refusal(code, finalVerdict(faultClass), meaning)
}

function finalVerdict(faultClass: FaultClass): Verdict {
  switch (faultClass.kind) {
    case 'authenticate':
      return stillNotLoggedOn
    case 'exists':
      return failed
    case 'retry':
    case 'excluded':
    case 'failed':
    case 'misconfigured':
      return faultClass
  }
}
