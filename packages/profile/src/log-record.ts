import type { ProfileUpdate } from '@segue/model'

/**
 * What a partition's log holds, as it is packed: everything that changes a profile comes this way (design §4).
 * Tuples, since tens of thousands are decoded a second.
 */
export type LogRecord = UpdateRecord | DueRecord | EraseRecord | AcknowledgedRecord

/** A profile update. `others`: identities beside the key. `memberships`: groups of `membershipStride` numbers. */
export type UpdateRecord = readonly [
  kind: typeof UpdateKind,
  profileKey: string,
  others: readonly string[],
  memberships: readonly number[],
  consent: typeof ConsentUnchanged | typeof ConsentGiven | typeof ConsentWithdrawn,
  /** Epoch milliseconds; 0 where the update gave no time. */
  consentAtMs: number,
]

/** A time of the profile has come: a `validUntil`, or the end of an exit's keeping. */
export type DueRecord = readonly [
  kind: typeof DueKind,
  profileKey: string,
  dueMs: number,
  /** 1 where every solution had acknowledged what the profile left, when the record was written. */
  acknowledged: 0 | 1,
]

/** A request to erase the profile. */
export type EraseRecord = readonly [kind: typeof EraseKind, profileKey: string]

/** Every solution has confirmed that the profile, which is being erased, is out of everything: it goes. */
export type AcknowledgedRecord = readonly [kind: typeof AcknowledgedKind, profileKey: string]

export const UpdateKind = 0
export const DueKind = 1
export const EraseKind = 2
export const AcknowledgedKind = 3

export const ConsentUnchanged = 0
export const ConsentGiven = 1
export const ConsentWithdrawn = 2

/** In `memberships`: index of the segment in the batch's list, status, lastQualificationTime, validUntil (0: none). */
export const membershipStride = 4
export const StatusRealized = 1
export const StatusExited = 2

/**
 * @param segmentIndex gives a segment's index in the batch's list of segments
 * @returns the record of an update
 */
export function updateRecord(
  update: ProfileUpdate,
  segmentIndex: (segment: string) => number,
): UpdateRecord {
  const memberships: number[] = []
  for (const membership of update.memberships) {
    memberships.push(
      segmentIndex(membership.segment),
      membership.status === 'realized' ? StatusRealized : StatusExited,
      membership.lastQualificationTimeMs,
      membership.validUntilMs ?? 0,
    )
  }
  const { consent, profileKey } = update
  return [
    UpdateKind,
    profileKey,
    update.identities.filter((identity) => identity !== profileKey),
    memberships,
    consent === undefined ? ConsentUnchanged : consent.given ? ConsentGiven : ConsentWithdrawn,
    consent?.atMs ?? 0,
  ]
}
