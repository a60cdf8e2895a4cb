import { ConsentUnchanged, membershipStride, type UpdateRecord } from './log-record.ts'
import type { Profile } from './profile.ts'

/** An update without what is older than an erasure of its profile. */
export interface Unstale {
  /** undefined: nothing of it is left. */
  readonly record: UpdateRecord | undefined
  /** Memberships and consent decisions that were left out; an update without any counts as one. */
  readonly dropped: number
}

/**
 * Takes out of an update what the profile's erasure has overtaken: memberships and consent decisions that are not younger than
 * the request for it. So what a sender still held then does not bring the profile back, and what it learned afterwards does.
 *
 * A consent decision without a time of its own counts as made when it came. An update that says nothing but identities has no
 * time at all: it does not begin a profile anew of which there is nothing.
 *
 * @param erasedMs when the erasure was asked for, epoch milliseconds
 * @param profile as it is before the update
 */
export function withoutStale(record: UpdateRecord, erasedMs: number, profile: Profile): Unstale {
  const [kind, profileKey, others, memberships, consent, consentAtMs] = record
  const isConsentStale =
    consent !== ConsentUnchanged && consentAtMs !== 0 && consentAtMs <= erasedMs
  let dropped = Number(isConsentStale)
  for (let at = 0; at < memberships.length; at += membershipStride) {
    if (memberships[at + 2]! <= erasedMs) dropped += 1
  }
  const saysNothing = memberships.length === 0 && consent === ConsentUnchanged
  const isNew = profile.memberships.length === 0 && profile.identities.length === 1
  if (saysNothing && isNew) return { record: undefined, dropped: 1 }
  if (dropped === 0) return { record, dropped }
  const younger: number[] = []
  for (let at = 0; at < memberships.length; at += membershipStride) {
    if (memberships[at + 2]! <= erasedMs) continue
    younger.push(...memberships.slice(at, at + membershipStride))
  }
  const decision = isConsentStale ? ConsentUnchanged : consent
  if (younger.length === 0 && decision === ConsentUnchanged) return { record: undefined, dropped }
  return {
    record: [kind, profileKey, others, younger, decision, isConsentStale ? 0 : consentAtMs],
    dropped,
  }
}
