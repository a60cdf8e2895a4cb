import {
  AcknowledgedKind,
  Changed,
  codes,
  DueKind,
  Dropped,
  EraseKind,
  emptyProfile,
  membershipOffset,
  membershipStride,
  nextDueMs,
  noEffects,
  RevisionMs,
  RevisionSequence,
  State,
  step,
  UpdateKind,
  withoutStale,
  type LogRecord,
  type Moment,
  type StepEffects,
  type Transitions,
} from '@segue/profile'
import { draftRow, packChunk, rowsPerChunkLimit, type ChunkDraft } from '../codec/outbox-chunk.ts'
import { packProfile, unpackProfile } from '../codec/packed-profile.ts'
import {
  packBatch,
  recordsPerBatchLimit,
  unpackBatch,
  type RecordBatch,
} from '../codec/record-batch.ts'
import { packSetAside } from '../codec/set-aside.ts'
import { readOrNot, Unreadable } from '../codec/unreadable.ts'
import { tombstoneKeptMs } from '../ports/erasures.ts'
import type { LogEntry } from '../ports/event-log.ts'
import type { SetAsidePacked } from '../ports/set-asides.ts'
import {
  bookField,
  type OutboxAppend,
  type ProfileWrite,
  type TimerWrite,
} from '../ports/partition-store.ts'
import type { Dictionary } from './dictionary.ts'
import type { Residency, Resident } from './residency.ts'
import { solutionsOfBits, type Route } from './routes.ts'

/** Buckets are this wide (design §8). */
const bucketMs = 1_000
/** Outcome of a change that is not sent since consent is withdrawn (`reference/platform.md` §9.1). */
const consentExclusion = 'excluded:CONSENT_VIOLATION'

/** A record with what it needs to be stepped. */
interface Step {
  readonly record: LogRecord
  readonly segments: readonly number[]
  readonly nowMs: number
  readonly sequence: number
  readonly from: { readonly id: string; readonly batch: RecordBatch }
}

/** A part of the log that is stepped and committed at once. */
export interface Slice {
  readonly steps: readonly Step[]
  readonly offset: string
  readonly bytes: number
  /** Records of all entries that can be read, those of unreadable profiles too. */
  readonly records: number
  /** What cannot be read, and why. */
  readonly setAside: readonly SetAsidePacked[]
  readonly troubles: readonly Unreadable[]
  /** Profiles that cannot be read, whose due time has come: they are due no more until they can. */
  readonly disarmed: readonly string[]
}

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
 * Decodes log entries and resolves the segments they name. An entry that is damaged is set aside.
 *
 * @throws Unreadable where a newer release wrote an entry: it is for that release to step
 */
export function readSlice(entries: readonly LogEntry[], dictionary: Dictionary): Slice {
  const steps: Step[] = []
  const setAside: SetAsidePacked[] = []
  const troubles: Unreadable[] = []
  let bytes = 0
  for (const entry of entries) {
    const [ms, sequence] = entry.id.split('-')
    const nowMs = Number(ms)
    const first = Number(sequence) * recordsPerBatchLimit
    bytes += entry.payload.byteLength
    const batch = readOrNot(() => unpackBatch(entry.payload))
    if (batch instanceof Unreadable) {
      setAside.push(asideOf(entry.id, batch, entry.payload))
      troubles.push(batch)
      continue
    }
    const segments = batch.segments.map((segment) => dictionary.indexOf(segment))
    const from = { id: entry.id, batch }
    for (const [index, record] of batch.records.entries()) {
      steps.push({ record, segments, nowMs, sequence: first + index, from })
    }
  }
  return {
    steps,
    offset: entries.at(-1)?.id ?? '',
    bytes,
    records: steps.length,
    setAside,
    troubles,
    disarmed: [],
  }
}

/** The slice without the records of profiles that cannot be read: these are set aside, an entry's together. */
export function withoutUnreadable(
  slice: Slice,
  unreadable: ReadonlyMap<string, Unreadable>,
): Slice {
  if (unreadable.size === 0) return slice
  const isLeft = ({ record }: Step): boolean => !unreadable.has(record[1])
  const aside = slice.steps.filter((one) => !isLeft(one))
  const byEntry = Map.groupBy(aside, ({ from }) => from)
  const due = aside.filter(({ record }) => record[0] === DueKind)
  return {
    ...slice,
    steps: slice.steps.filter(isLeft),
    setAside: [
      ...slice.setAside,
      ...Array.from(byEntry, ([{ id, batch }, own]) =>
        asideOf(
          id,
          unreadable.get(own[0]!.record[1])!,
          packBatch({ segments: batch.segments, records: own.map(({ record }) => record) }),
        ),
      ),
    ],
    troubles: [...slice.troubles, ...unreadable.values()],
    disarmed: [...new Set(due.map(({ record }) => record[1]))],
  }
}

function asideOf(id: string, trouble: Unreadable, payload: Uint8Array): SetAsidePacked {
  const code = trouble.damage
  return {
    place: `${id}|${code}`,
    packed: packSetAside({ code, detail: trouble.message, payload }),
  }
}

/** Keys of the slice's profiles that are not resident, each once. */
export function missingKeys(slice: Slice, residency: Residency): string[] {
  const missing = new Set<string>()
  for (const { record } of slice.steps) {
    if (residency.get(record[1]) === undefined) missing.add(record[1])
  }
  return [...missing]
}

/**
 * Makes a stored profile resident, or a new one where there is none.
 *
 * @param erasedMs when the profile of this key was last erased, epoch milliseconds; 0: never
 */
export function rehydrate(
  profileKey: string,
  packed: Uint8Array | undefined,
  startTransitions: () => Transitions,
  erasedMs = 0,
): Resident {
  const profile =
    packed === undefined ? emptyProfile(profileKey) : unpackProfile(profileKey, packed)
  const armedMs = nextDueMs(profile)
  return { profile, transitions: startTransitions(), startTransitions, armedMs, erasedMs }
}

/**
 * Steps every record of a slice. All profiles it names must be resident in `residents`.
 *
 * @param residents by profile key; profiles are changed in place, and one that was dropped starts anew
 */
export function stepSlice(
  slice: Slice,
  residents: Map<string, Resident>,
  routes: readonly Route[],
): SliceOutcome {
  const changed = new Map<string, Resident>()
  const drafts = new OutboxDrafts()
  const books = new Map<string, number>()
  const dueKeys: string[] = []
  const erased = new Map<string, number>()
  let erasing = false
  const effects = noEffects()
  const moment: Moment = { nowMs: 0, sequence: 0 }
  let segmentsRefused = 0
  let staleDropped = 0

  for (const { record: given, segments, nowMs, sequence } of slice.steps) {
    const profileKey = given[1]
    const resident = residents.get(profileKey)
    if (resident === undefined) throw new Error('a profile of the slice was not loaded')
    let record = given
    if (given[0] === UpdateKind && isTombstoned(resident, nowMs)) {
      const unstale = withoutStale(given, resident.erasedMs, resident.profile)
      staleDropped += unstale.dropped
      if (unstale.record === undefined) continue
      record = unstale.record
    }
    moment.nowMs = nowMs
    moment.sequence = sequence
    effects.changed.length = 0
    effects.withheld.length = 0
    if (record[0] === DueKind) dueKeys.push(profileKey)
    else if (record[0] === EraseKind) erasing = true
    else if (record[0] === UpdateKind) segmentsRefused += refusedIn(record[3], segments)

    const outcome = step(resident.profile, record, segments, moment, resident.transitions, effects)
    if (outcome === Changed || outcome === Dropped) {
      changed.set(profileKey, resident)
      if (effects.changed.length > 0) route(resident, effects, nowMs, routes, drafts, books)
      if (effects.withheld.length > 0) exclude(effects.withheld, routes, books)
      if (outcome === Dropped) {
        const { erasedMs } = resident.profile
        if (record[0] === AcknowledgedKind) erased.set(profileKey, erasedMs)
        residents.set(profileKey, startOver(resident))
      }
    }
  }
  return {
    profiles: Array.from(changed, ([profileKey, { profile }]) => ({
      profileKey,
      packed: profile.condition === codes.Forgotten ? undefined : packProfile(profile),
    })),
    timers: [
      ...timersOf(changed, dueKeys, residents),
      ...slice.disarmed.map((profileKey) => ({ profileKey, dueMs: 0 })),
    ],
    outbox: drafts.appends(),
    counters: new Map([
      ['steppedRecords', slice.records],
      ['steppedBytes', slice.bytes],
      ['realized', effects.realizedDelta],
      ['exited', effects.exitedDelta],
      ['outboxRows', drafts.rows],
      ['changes', drafts.changes],
      ['identitiesRefused', effects.identitiesRefused],
      ['SEGMENT_LIMIT', segmentsRefused],
      ['OLDER_THAN_ERASURE', staleDropped],
    ]),
    books,
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

/** The resident that takes a dropped profile's place: whoever comes with its key again is somebody new. */
function startOver({ profile, armedMs, startTransitions, erasedMs }: Resident): Resident {
  return {
    profile: emptyProfile(profile.identities[0]!),
    transitions: startTransitions(),
    startTransitions,
    armedMs,
    erasedMs: Math.max(erasedMs, profile.erasedMs),
  }
}

/** Whether the profile of this key was erased, and its tombstone stands: what is older does not count. */
function isTombstoned({ erasedMs }: Resident, nowMs: number): boolean {
  return erasedMs !== 0 && nowMs <= erasedMs + tombstoneKeptMs
}

/** Timers that moved; those whose due record was in the slice in any case, so that none can be left behind. */
function timersOf(
  changed: ReadonlyMap<string, Resident>,
  dueKeys: readonly string[],
  residents: ReadonlyMap<string, Resident>,
): TimerWrite[] {
  const timers = new Map<string, number>()
  for (const profileKey of new Set([...changed.keys(), ...dueKeys])) {
    const resident = residents.get(profileKey)!
    const dueMs = nextDueMs(resident.profile)
    if (dueMs !== resident.armedMs) timers.set(profileKey, dueMs)
    resident.armedMs = dueMs
  }
  for (const profileKey of dueKeys) timers.set(profileKey, residents.get(profileKey)!.armedMs)
  return Array.from(timers, ([profileKey, dueMs]) => ({ profileKey, dueMs }))
}

/** Writes a row into the bucket of each dataflow that has the changed segments. */
function route(
  resident: Resident,
  effects: StepEffects,
  nowMs: number,
  routes: readonly Route[],
  drafts: OutboxDrafts,
  books: Map<string, number>,
): void {
  const { memberships, identities, condition } = resident.profile
  drafts.changes += effects.changed.length
  for (const { dataflow, activationDelayMs, solutions, solutionsOf } of routes) {
    const dueMs =
      activationDelayMs === 0 ? 0 : Math.ceil((nowMs + activationDelayMs) / bucketMs) * bucketMs
    for (const segment of effects.changed) {
      const bits = solutionsOf(segment)
      if (bits === 0) continue
      const offset = membershipOffset(resident.profile, segment)
      const realized = condition === codes.Active && memberships[offset + State] === codes.Realized
      drafts.add(dataflow, dueMs, {
        profileKey: identities[0]!,
        segment,
        revisionMs: memberships[offset + RevisionMs]!,
        revisionSequence: memberships[offset + RevisionSequence]!,
        solutions: bits,
        realized,
      })
      for (const solution of solutionsOfBits(bits, solutions)) {
        count(books, bookField(dataflow, solution, 'received'))
        count(books, bookField(dataflow, solution, 'pending'))
      }
    }
  }
}

/** Counts changes that consent withholds, for each solution that they would have gone to. */
function exclude(
  withheld: readonly number[],
  routes: readonly Route[],
  books: Map<string, number>,
): void {
  for (const { dataflow, solutions, solutionsOf } of routes) {
    for (const segment of withheld) {
      for (const solution of solutionsOfBits(solutionsOf(segment), solutions)) {
        count(books, bookField(dataflow, solution, 'received'))
        count(books, bookField(dataflow, solution, consentExclusion))
      }
    }
  }
}

function count(books: Map<string, number>, field: string): void {
  books.set(field, (books.get(field) ?? 0) + 1)
}

/** Collects rows by bucket, in chunks of `rowsPerChunkLimit`. */
class OutboxDrafts {
  changes = 0
  rows = 0
  private readonly drafts = new Map<
    string,
    { dataflow: string; dueMs: number; chunks: ChunkDraft[] }
  >()

  add(dataflow: string, dueMs: number, row: Parameters<typeof draftRow>[1]): void {
    const name = `${dataflow}|${dueMs}`
    let draft = this.drafts.get(name)
    if (draft === undefined) {
      draft = { dataflow, dueMs, chunks: [] }
      this.drafts.set(name, draft)
    }
    let chunk = draft.chunks.at(-1)
    if (chunk === undefined || chunk.keys.length >= rowsPerChunkLimit) {
      chunk = { keys: [], numbers: [] }
      draft.chunks.push(chunk)
    }
    draftRow(chunk, row)
    this.rows += 1
  }

  appends(): OutboxAppend[] {
    return [...this.drafts.values()].flatMap(({ dataflow, dueMs, chunks }) =>
      chunks.map((chunk) => ({
        dataflow,
        dueMs,
        chunk: packChunk(chunk),
        rows: chunk.keys.length,
      })),
    )
  }
}
