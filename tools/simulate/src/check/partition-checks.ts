import { codes, QualifiedMs, Segment, State, stride, UntilMs, type Profile } from '@segue/profile'
import { livenessMs, unpackProfile, type Commit, type CommitOutcome } from '@segue/runtime'
import type { NaiveProfile } from './naive-profile.ts'
import type { Scene } from './scene.ts'
import { isAfter } from './truth.ts'

/** Watches who owns partitions, and what owners commit. */
export interface PartitionChecks {
  readonly renewed: (worker: string) => void
  readonly left: (worker: string) => void
  readonly taken: (partition: number, worker: string, nonce: string | undefined) => void
  readonly released: (partition: number, worker: string, nonce: string) => void
  readonly committed: (
    partition: number,
    worker: string,
    commit: Commit,
    outcome: CommitOutcome,
  ) => void
  readonly appended: (partition: number) => void
  /** The store lost the ends of these partitions: what was granted and committed in them is as the store says. */
  readonly cut: (partitions: readonly number[]) => void
  /** Something happened that may hold steps up for this long, ms. */
  readonly excuse: (forMs: number) => void
  /** Longest time that entries waited for a step with no excuse, ms. */
  readonly longestGapMs: () => number
}

interface Place {
  /** The nonce that may commit, and whose it is. */
  owner: { readonly worker: string; readonly nonce: string } | undefined
  offset: string
  /** Since when entries have waited with no commit; undefined: none waits. */
  waitsSinceMs: number | undefined
}

/** Stepping pauses at most this long for a hand-over (issue 5), and as long where a worker is killed. */
export const handOverMs = 1_000
export const takeOverMs = 6_000

export function createPartitionChecks(scene: Scene): PartitionChecks {
  const { store, truth, verdict, time, tell } = scene
  const places: Place[] = store.partitions.map(() => ({
    owner: undefined,
    offset: '0-0',
    waitsSinceMs: undefined,
  }))
  const renewedMs = new Map<string, number>()
  let excusedUntilMs = 0
  let longestGapMs = 0

  const isLive = (worker: string): boolean =>
    (renewedMs.get(worker) ?? -Infinity) + livenessMs > time.clock.nowMs()
  const progressed = (place: Place, partition: number): void => {
    const nowMs = time.now()
    const fromMs = Math.max(place.waitsSinceMs ?? nowMs, excusedUntilMs)
    longestGapMs = Math.max(longestGapMs, nowMs - fromMs)
    if (nowMs - fromMs > handOverMs) {
      const waited = ((nowMs - fromMs) / 1_000).toFixed(2)
      verdict.fail('hand-over', `partition ${partition} was not stepped for ${waited} s`)
    }
    const isCaughtUp = !isAfter(truth.newest(partition), place.offset)
    place.waitsSinceMs = isCaughtUp ? undefined : nowMs
  }
  return {
    renewed: (worker) => void renewedMs.set(worker, time.clock.nowMs()),
    left: (worker) => void renewedMs.delete(worker),
    taken: (partition, worker, nonce) => {
      if (nonce === undefined) return
      const place = places[partition]!
      const before = place.owner
      if (before !== undefined && before.worker !== worker && isLive(before.worker)) {
        verdict.fail(
          'owner',
          `${worker} took partition ${partition} from ${before.worker}, which lives`,
        )
      }
      tell(`${worker} owns partition ${partition}`)
      place.owner = { worker, nonce }
    },
    released: (partition, worker, nonce) => {
      const place = places[partition]!
      if (place.owner?.nonce !== nonce) return
      place.owner = undefined
      tell(`${worker} released partition ${partition}`)
    },
    committed: (partition, worker, commit, outcome) => {
      const place = places[partition]!
      if (outcome.status !== 'committed') {
        tell(`${worker} commits partition ${partition} to ${commit.offset}: ${outcome.status}`)
        return
      }
      if (place.owner?.nonce !== commit.owner) {
        verdict.fail('owner', `${worker} committed partition ${partition}, which it does not own`)
      }
      if (place.offset !== commit.expectedOffset || !isAfter(commit.offset, place.offset)) {
        const range = `${commit.expectedOffset} to ${commit.offset}`
        verdict.fail('together', `partition ${partition} is at ${place.offset}: ${range} committed`)
      }
      const entries = truth.entriesBetween(partition, place.offset, commit.offset)
      tell(`${worker} commits partition ${partition} to ${commit.offset}: ${entries} entries`)
      place.offset = commit.offset
      progressed(place, partition)
      for (const { profileKey } of commit.profiles) checkProfile(scene, partition, profileKey)
    },
    appended: (partition) => {
      const place = places[partition]!
      if (isAfter(truth.newest(partition), place.offset)) place.waitsSinceMs ??= time.now()
    },
    cut: (partitions) => {
      for (const partition of partitions) {
        const { offset, owner } = store.partitions[partition]!
        const worker = owner?.slice(0, owner.lastIndexOf(':')) ?? ''
        places[partition] = {
          owner: owner === undefined ? undefined : { worker, nonce: owner },
          offset,
          waitsSinceMs: isAfter(truth.newest(partition), offset) ? time.now() : undefined,
        }
      }
      renewedMs.clear()
      for (const { name, untilMs } of store.workers.values()) {
        renewedMs.set(name, untilMs - livenessMs)
      }
    },
    excuse: (forMs) => {
      excusedUntilMs = Math.max(excusedUntilMs, time.now() + forMs)
    },
    longestGapMs: () => longestGapMs,
  }
}

/** Compares a stored profile with what its updates say, up to the committed offset. */
export function checkProfile(scene: Scene, partition: number, profileKey: string): void {
  const { store, truth, verdict, time } = scene
  const { profiles, segments, offset } = store.partitions[partition]!
  const packed = profiles.get(profileKey)
  const stored = packed === undefined ? undefined : unpackProfile(profileKey, packed)
  const naive = truth.profile(partition, profileKey, offset)
  const difference = differenceOf(stored, naive, segments, time.now())
  if (difference !== undefined) {
    verdict.fail('together', `${profileKey} at ${offset} of partition ${partition}: ${difference}`)
  }
}

function differenceOf(
  stored: Profile | undefined,
  naive: NaiveProfile,
  segments: readonly string[],
  nowMs: number,
): string | undefined {
  const isErasing = stored?.condition === codes.Erasing
  if (isErasing !== naive.isErasing) return isErasing ? 'is being erased' : 'is not being erased'
  if (isErasing) return undefined
  if (((stored?.condition ?? codes.Active) === codes.Active) !== naive.isConsented) {
    return `consent is ${naive.isConsented ? 'given' : 'withdrawn'}, and not so stored`
  }
  const identities = stored?.identities ?? []
  const missing =
    stored === undefined ? [] : naive.identities.filter((one) => !identities.includes(one))
  if (missing.length > 0) return `has no ${missing.join(' ')}`
  const held = membershipsOf(stored, segments)
  if (held.size !== naive.memberships.size) {
    return `has ${held.size} memberships, not ${naive.memberships.size}`
  }
  for (const [segment, told] of naive.memberships) {
    const own = held.get(segment)
    const untilMs = own?.untilMs === 0 ? Infinity : own?.untilMs
    const isRight =
      own?.qualifiedMs === told.qualifiedMs &&
      (told.isExited
        ? own.state === codes.Exited || own.state === codes.Expired
        : untilMs === told.untilMs &&
          (own.state === codes.Realized || (own.state === codes.Expired && told.untilMs <= nowMs)))
    if (!isRight) return `${segment} is ${JSON.stringify(own)}, not ${JSON.stringify(told)}`
  }
  return undefined
}

function membershipsOf(
  stored: Profile | undefined,
  segments: readonly string[],
): Map<string, { readonly state: number; readonly qualifiedMs: number; readonly untilMs: number }> {
  const held = new Map<string, { state: number; qualifiedMs: number; untilMs: number }>()
  const { memberships } = stored ?? { memberships: [] }
  for (let at = 0; at < memberships.length; at += stride) {
    held.set(segments[memberships[at + Segment]!] ?? '', {
      state: memberships[at + State]!,
      qualifiedMs: memberships[at + QualifiedMs]!,
      untilMs: memberships[at + UntilMs]!,
    })
  }
  return held
}
