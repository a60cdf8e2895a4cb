import { refusalOfStatus, refusalOfTrouble } from '@segue/solution-kit'
import type { HttpOutcome, Refusal } from '@segue/solution-kit'
import { answerUnreadable } from '../receipts.ts'
import { faultEntry, refusalOfFault } from './fault-codes.ts'
import type { FaultEntry } from './fault-codes.ts'
import { readSoap } from './soap-envelope.ts'

/** What a call came to. */
export type SoapOutcome =
  | { readonly kind: 'answer'; readonly content: unknown }
  /** A fault: what it is, for callers that know better, and the receipt where they do not. */
  | { readonly kind: 'fault'; readonly entry: FaultEntry; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The session was not taken: a new one may be. */
export interface SessionRefused {
  readonly kind: 'session-refused'
  readonly refusal: Refusal
}

/** Reads one HTTP outcome as Campaign means it: a fault is a fault whatever its HTTP status, and may even come as plain text. */
export function readOutcome(
  outcome: HttpOutcome,
  method: string,
  nowMs: number,
): SoapOutcome | SessionRefused {
  if (outcome.kind !== 'response') return { kind: 'refused', refusal: refusalOfTrouble(outcome) }
  const answer = readSoap(outcome.body, method)
  if (answer?.kind === 'response' && outcome.status === 200) {
    return { kind: 'answer', content: answer.content }
  }
  const known =
    answer?.kind === 'fault' ? faultEntry(answer.fault) : plainText(outcome.status, outcome.body)
  if (known === undefined) {
    if (outcome.status === 200) return { kind: 'refused', refusal: answerUnreadable }
    return { kind: 'refused', refusal: refusalOfStatus(outcome, 'login', nowMs) }
  }
  const because = refusalOfFault(known)
  if (known.class.kind === 'authenticate') return { kind: 'session-refused', refusal: because }
  return { kind: 'fault', entry: known, refusal: because }
}

/** Campaign says some things before SOAP begins: that the session is over, or that login or address are not let in. */
function plainText(status: number, text: string): FaultEntry | undefined {
  const entry = faultEntry({ faultCode: '', text })
  const told = entry.class.kind === 'authenticate' || entry.class.kind === 'misconfigured'
  if (told && /XSV-\d{6}/.test(text)) return entry
  return status === 401 ? faultEntry({ faultCode: '', text: 'session expired' }) : undefined
}
