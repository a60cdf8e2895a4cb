import { emptyProfile, membershipOffset, State, type Profile } from '@segue/profile'
import { emptyEntry, packEntry, unknownRecord } from '../../codec/ledger-entry.ts'
import { packProfile } from '../../codec/packed-profile.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, own } from './commits.ts'
import { segments, storedProfile } from './loops.ts'
import { until, type Subject } from './subject.ts'

/** The state of the profile's membership, undefined where there is none. */
export function stateOf(profile: Profile | undefined, segment = 0): number | undefined {
  const offset = profile === undefined ? -1 : membershipOffset(profile, segment)
  return offset < 0 ? undefined : profile?.memberships[offset + State]
}

/** A membership's group of numbers. */
export function membership(
  segment: number,
  state: number,
  untilMs: number,
  sinceMs: number,
): number[] {
  return [segment, state, 1_000, untilMs, sinceMs, 0, 0]
}

export interface Left {
  readonly profileKey: string
  readonly profile: Partial<Profile>
  readonly dueMs: number
}

/** Puts profiles into the store as an earlier loop would have left them, each due at the given time. */
export async function leave(ports: Ports, left: readonly Left[]): Promise<void> {
  await ports.store.commit(
    0,
    commitOf({
      owner: await own(ports, 0),
      offset: '0-1',
      newSegments: segments,
      profiles: left.map(({ profileKey, profile }) => ({
        profileKey,
        packed: packProfile({ ...emptyProfile(profileKey), ...profile }),
      })),
      timers: left.map(({ profileKey, dueMs }) => ({ profileKey, dueMs })),
    }),
  )
}

/** Makes the solution know the profile as realized in segment 0. */
export async function tell({ ledger }: Ports, profileKey: string): Promise<void> {
  const entry = emptyEntry()
  entry.records.set(0, { ...unknownRecord, status: 'realized' })
  const token = Buffer.alloc(6, 1)
  await ledger.claim(0, 'flow', 's', token, 1_000, [{ profileKey, segments: [] }])
  const entries = [{ profileKey, entry: packEntry(entry) }]
  await ledger.settle(0, {
    dataflow: 'flow',
    solution: 's',
    token,
    entries,
    rows: [],
    resent: [],
    deadLetters: [],
  })
}

/** Waits until the stored profile's membership is in a state. */
export function untilState(
  subject: Subject,
  profileKey: string,
  state: number | undefined,
  segment = 0,
): Promise<void> {
  return until(subject, `${profileKey} is in state ${state}`, async () => {
    return stateOf(await storedProfile(subject.ports(), profileKey), segment) === state
  })
}
