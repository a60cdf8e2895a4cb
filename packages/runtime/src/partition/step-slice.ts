import {
  AcknowledgedKind,
  DueKind,
  Dropped,
  emptyProfile,
  EraseKind,
  membershipStride,
  nextDueMs,
  noEffects,
  step,
  Unchanged,
  UpdateKind,
  withoutStale,
  type Moment,
} from '@segue/profile'
import { packProfile } from '../codec/packed-profile.ts'
import { tombstoneKeptMs } from '../ports/erasures.ts'
import type { OutboxAppend, ProfileWrite, TimerWrite } from '../ports/partition-store.ts'
import type { Resident } from './residency.ts'
import { createRouting } from './route-changes.ts'
import type { Route } from './routes.ts'
import type { Slice } from './slice.ts'

/** What stepping a slice changed, ready to be committed. */
export interface SliceOutcome {
  readonly profiles: readonly ProfileWrite[]
  readonly timers: readonly TimerWrite[]
  readonly outbox: readonly OutboxAppend[]
  readonly counters: Map<string, number>
  readonly books: ReadonlyMap<string, number>
  /** Profiles whose due record was in the slice. */
  readonly dueKeys: readonly string[]
  /** Requests to erase a profile were in the slice. */
  readonly erasing: boolean
  /** Profiles whose erasure is complete with this slice, and when each was asked for. */
  readonly erased: ReadonlyMap<string, number>
}

/**
 * Steps every record of a slice. All of them must have their profile, but those of profiles that cannot be read.
 *
 * Residents are changed in place, and one whose profile was dropped starts anew. A resident is found once a record, by its place
 * in the slice, and knows itself whether it was changed: keys are long, and each look-up by one costs as much as a transition.
 */
export function stepSlice(slice: Slice, routes: readonly Route[]): SliceOutcome {
  const changed: Resident[] = []
  const due = new Set<Resident>()
  const routing = createRouting(routes)
  const erased = new Map<string, number>()
  let erasing = false
  const effects = noEffects()
  const moment: Moment = { nowMs: 0, sequence: 0 }
  let segmentsRefused = 0
  let staleDropped = 0

  for (const { records, residents, segments, nowMs, firstSequence } of slice.entries) {
    moment.nowMs = nowMs
    const hasRefused = segments.some((segment) => segment < 0)
    for (let index = 0; index < records.length; index += 1) {
      let record = records[index]!
      const resident = residents[index]
      if (resident === undefined) {
        if (slice.unreadable.has(record[1])) continue
        throw new Error('a profile of the slice was not loaded')
      }
      if (record[0] === UpdateKind && isTombstoned(resident, nowMs)) {
        const unstale = withoutStale(record, resident.erasedMs, resident.profile)
        staleDropped += unstale.dropped
        if (unstale.record === undefined) continue
        record = unstale.record
      }
      moment.sequence = firstSequence + index
      effects.changed.length = 0
      effects.withheld.length = 0
      if (record[0] === DueKind) due.add(resident)
      else if (record[0] === EraseKind) erasing = true
      else if (hasRefused && record[0] === UpdateKind) {
        segmentsRefused += refusedIn(record[3], segments)
      }

      const { profile } = resident
      const outcome = step(profile, record, segments, moment, resident.transitions, effects)
      if (outcome === Unchanged) continue
      if (!resident.isChanged) changed.push(resident)
      resident.isChanged = true
      resident.isDropped = false
      if (effects.changed.length > 0) routing.route(profile, effects.changed, nowMs)
      if (effects.withheld.length > 0) routing.exclude(effects.withheld)
      if (outcome === Dropped) {
        if (record[0] === AcknowledgedKind) erased.set(record[1], profile.erasedMs)
        startOver(resident)
      }
    }
  }
  const dueKeys = Array.from(due, ({ profile }) => profile.identities[0]!)
  return {
    timers: [
      ...timersOf(changed, due),
      ...slice.disarmed.map((profileKey) => ({ profileKey, dueMs: 0 })),
    ],
    profiles: changed.map(writeOf),
    outbox: routing.appends(),
    counters: new Map([
      ['steppedRecords', slice.records],
      ['steppedBytes', slice.bytes],
      ['realized', effects.realizedDelta],
      ['exited', effects.exitedDelta],
      ['outboxRows', routing.rows()],
      ['changes', routing.changes()],
      ['identitiesRefused', effects.identitiesRefused],
      ['SEGMENT_LIMIT', segmentsRefused],
      ['OLDER_THAN_ERASURE', staleDropped],
    ]),
    books: routing.books(),
    dueKeys: [...dueKeys, ...slice.disarmed],
    erasing,
    erased,
  }
}

function refusedIn(memberships: readonly number[], segments: readonly number[]): number {
  let refused = 0
  for (let at = 0; at < memberships.length; at += membershipStride) {
    if (segments[memberships[at]!]! < 0) refused += 1
  }
  return refused
}

/** Whoever comes with a dropped profile’s key again is somebody new. */
function startOver(resident: Resident): void {
  const { profile, startTransitions } = resident
  resident.erasedMs = Math.max(resident.erasedMs, profile.erasedMs)
  resident.profile = emptyProfile(profile.identities[0]!)
  resident.transitions = startTransitions()
  resident.isDropped = true
}

/** Whether the profile of this key was erased, and its tombstone stands: what is older does not count. */
function isTombstoned({ erasedMs }: Resident, nowMs: number): boolean {
  return erasedMs !== 0 && nowMs <= erasedMs + tombstoneKeptMs
}

/** The write of a changed profile; its marks are taken off. */
function writeOf(resident: Resident): ProfileWrite {
  const { profile, isDropped } = resident
  resident.isChanged = false
  resident.isDropped = false
  return {
    profileKey: profile.identities[0]!,
    packed: isDropped ? undefined : packProfile(profile),
  }
}

/** Timers that moved; those whose due record was in the slice in any case, so that none can be left behind. */
function timersOf(changed: readonly Resident[], due: ReadonlySet<Resident>): TimerWrite[] {
  const timers: TimerWrite[] = []
  const arm = (resident: Resident, inAnyCase: boolean): void => {
    const { profile, armedMs } = resident
    const dueMs = nextDueMs(profile)
    if (dueMs !== armedMs || inAnyCase) timers.push({ profileKey: profile.identities[0]!, dueMs })
    resident.armedMs = dueMs
  }
  for (const resident of changed) if (!due.has(resident)) arm(resident, false)
  for (const resident of due) arm(resident, true)
  return timers
}
