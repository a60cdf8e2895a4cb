import type { Transitions } from '@segue/profile'
import type { AlarmClock } from '../ports/clock.ts'
import type { Dataflow } from '../ports/dataflows.ts'
import type { Erasures } from '../ports/erasures.ts'
import { logStart, type EventLog, type LogEntry } from '../ports/event-log.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Bucket, PartitionStore } from '../ports/partition-store.ts'
import { setAsidesLimit } from '../ports/set-asides.ts'
import { traced, type Traces } from '../ports/traces.ts'
import { readOrNot, Unreadable } from '../codec/unreadable.ts'
import { createDictionary, type Dictionary } from './dictionary.ts'
import { mendLog, type PartitionLoss } from './mend-log.ts'
import { createRecentEntries, type RecentEntries } from './recent-entries.ts'
import { createResidency, type Residency, type Resident } from './residency.ts'
import { createRoutes, type Route } from './routes.ts'
import {
  addLoaded,
  findResidents,
  readSlice,
  rehydrate,
  withoutUnreadable,
  type Slice,
} from './slice.ts'
import { stepSlice } from './step-slice.ts'
import { startTimers, type Timers } from './timers.ts'
import { createTombstones, type Tombstones } from './tombstones.ts'

/** Entries read at once; with batches of up to some hundred records this fills a commit and bounds its size. */
const entriesPerRead = 16
/** How long an idle read waits: long, since each end of it is a command that an idle system pays for. */
const idleReadMs = 20_000
/** Of a log's newest entries, so much is remembered: about two seconds of a busy partition. */
const recentBytesMax = 2 * 1024 * 1024
/** The log is trimmed after this many commits, and when the partition falls idle. */
const commitsPerTrim = 64

export interface PartitionLoopOptions {
  readonly partition: number
  /** The nonce that owns the partition. */
  readonly owner: string
  readonly residentMax: number
  readonly startTransitions: () => Transitions
  /** The sandbox's dataflows as they are known here. */
  readonly dataflows: () => KnownDataflows
  /** Reads the dataflows anew, since a commit was refused for their being outdated. */
  readonly refreshDataflows: () => Promise<void>
  /** A commit opened these buckets: their activation jobs are to be added. */
  readonly opened: (partition: number, buckets: readonly Bucket[]) => Promise<void>
  /** A commit held requests to erase profiles: somebody is to see to them. */
  readonly erasing?: (partition: number) => Promise<void>
  /** Told of errors that the loop recovers from. */
  readonly failed: (error: unknown) => void
  /** What was read of the partition lately. Given, it outlives the loop, as where the partition is taken again. */
  readonly recent?: RecentEntries
  /** Told when it goes on after an error: what was to be done after a commit may not have been. */
  readonly resumed?: () => void
  /** Told of what the store has lost of the partition, once the log is mended. */
  readonly lost?: (loss: PartitionLoss) => void
}

export interface PartitionPorts {
  readonly log: EventLog
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly erasures: Pick<Erasures, 'salt' | 'tombstones'>
  readonly clock: AlarmClock
  readonly traces?: Traces
}

/** Dataflows, and a version that they are at least as new as. */
export interface KnownDataflows {
  readonly version: number
  readonly dataflows: readonly Dataflow[]
}

/** Why a loop ended: it was told to, or another worker owns the partition. */
export type LoopEnd = 'stopped' | 'fenced'

export interface PartitionLoop {
  /** Settles when the loop has ended; what was committed by then is complete. */
  readonly ended: Promise<LoopEnd>
  readonly residentCount: () => number
  readonly routesChanged: () => void
  /** Stops reading, finishes the slice in work. */
  readonly stop: () => Promise<LoopEnd>
}

/** Starts the loop of one owned partition: read → prefetch → step → commit → trim. */
export function startPartitionLoop(
  ports: PartitionPorts,
  options: PartitionLoopOptions,
): PartitionLoop {
  const stopping = new AbortController()
  const residency = createResidency(options.residentMax)
  const session: Session = {
    ports,
    options,
    residency,
    recent: options.recent ?? createRecentEntries(recentBytesMax),
    signal: stopping.signal,
    hasFailed: false,
    routes: undefined,
  }
  const ended = runUntilEnd(session)
  return {
    ended,
    residentCount: () => residency.size(),
    routesChanged: () => {
      session.routes = undefined
    },
    stop: () => {
      stopping.abort()
      return ended
    },
  }
}

interface Session {
  readonly ports: PartitionPorts
  readonly options: PartitionLoopOptions
  readonly residency: Residency
  readonly recent: RecentEntries
  readonly signal: AbortSignal
  /** Since it went on last. */
  hasFailed: boolean
  routes: KnownRoutes | undefined
}

/** The routes of the dataflows of a version. */
interface KnownRoutes {
  readonly version: number
  readonly routes: readonly Route[]
}

/** Runs, and after an error opens the partition again: what is not known to be committed is read anew. */
async function runUntilEnd(session: Session): Promise<LoopEnd> {
  let failures = 0
  while (!session.signal.aborted) {
    try {
      const end = await run(session, () => {
        failures = 0
      })
      // Outdated: what was stepped is not committed. It is read, loaded and routed again, by the dataflows of now.
      if (end === 'stopped') return end
      session.residency.clear()
      if (end === 'fenced') return end
      await session.options.refreshDataflows()
    } catch (error) {
      session.residency.clear()
      if (session.signal.aborted) break
      session.options.failed(error)
      session.hasFailed = true
      failures += 1
      await pause(session.ports.clock, Math.min(100 * 2 ** failures, 5_000), session.signal)
    }
  }
  return 'stopped'
}

async function run(session: Session, progressed: () => void): Promise<LoopEnd | 'outdated'> {
  const { signal } = session
  // Its reads end with this run, however it ends: a read left behind would hold the log's connection.
  const ending = new AbortController()
  const end = (): void => ending.abort()
  signal.addEventListener('abort', end)
  try {
    return await readAndStep(session, ending.signal, progressed)
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

async function readAndStep(
  session: Session,
  signal: AbortSignal,
  progressed: () => void,
): Promise<LoopEnd | 'outdated'> {
  const { ports, options } = session
  const { partition } = options
  const state = await ports.store.open(partition)
  const loss = await mendLog(ports.log, partition, state.offset, session.recent, signal)
  if (session.hasFailed || loss !== undefined) options.resumed?.()
  session.hasFailed = false
  if (loss !== undefined) {
    options.lost?.(loss)
    // Of the dataflows it may have lost something too.
    await options.refreshDataflows()
  }
  const dictionary = createDictionary(state.segments)
  const tombstones = createTombstones(
    await ports.erasures.salt(),
    await ports.erasures.tombstones(partition),
  )
  session.routes = undefined
  const timers = startTimers(
    partition,
    ports,
    () => currentRoutes(session, dictionary).routes,
    options.failed,
  )
  try {
    timers.arm(await ports.store.nextDueMs(partition, 0))
    const counters = await ports.store.counters(partition)
    const loop: LoopState = {
      offset: state.offset,
      trimmed: logStart,
      commits: 0,
      residentCounted: counters.get('resident') ?? 0,
      loss,
    }
    let reading = read(session, signal, loop.offset)
    while (!signal.aborted) {
      const entries = await reading
      const last = entries.at(-1)
      // The next read runs while this slice is stepped and committed.
      reading = read(session, signal, last?.id ?? loop.offset)
      if (last === undefined) {
        await trim(session, loop)
        continue
      }
      const opened = { dictionary, timers, tombstones }
      const how = await traced(
        ports.traces,
        { name: 'step', attributes: { 'segue.partition': partition } },
        entries.flatMap(({ trace }) => trace ?? []),
        () => stepAndCommit(session, opened, entries, loop),
      )
      if (how !== 'committed') return how
      progressed()
    }
    return 'stopped'
  } finally {
    await timers.stop()
  }
}

/** What the owner of an open partition keeps of it. */
interface Opened {
  readonly dictionary: Dictionary
  readonly timers: Timers
  readonly tombstones: Tombstones
}

interface LoopState {
  offset: string
  trimmed: string
  commits: number
  /** What the partition's counter says of the resident profiles. */
  residentCounted: number
  /** To be counted with the next commit. */
  loss: PartitionLoss | undefined
}

function read(
  { ports, options }: Session,
  signal: AbortSignal,
  afterId: string,
): Promise<readonly LogEntry[]> {
  const reading = ports.log.read(options.partition, afterId, {
    maxEntries: entriesPerRead,
    waitMs: idleReadMs,
    signal,
  })
  // It may fail while a commit is still waited for, or never be waited for at all: that is no unhandled rejection.
  reading.catch(() => {})
  return reading
}

async function stepAndCommit(
  session: Session,
  { dictionary, timers, tombstones }: Opened,
  entries: readonly LogEntry[],
  loop: LoopState,
): Promise<'committed' | 'fenced' | 'outdated'> {
  const { ports, options, residency, recent } = session
  const { partition } = options
  recent.note(entries)
  const all = readSlice(entries, dictionary)
  const unreadable = await prefetch(session, all, tombstones)
  const slice = withoutUnreadable(all, unreadable)
  const { version, routes } = currentRoutes(session, dictionary)
  const outcome = stepSlice(slice, routes)
  keepResident(slice, residency)
  const residentCount = residency.size()
  const newSegments = dictionary.uncommitted()
  const trace = ports.traces?.current()
  if (trace !== undefined) {
    for (const bucket of outcome.outbox) ports.traces?.buckets.note(partition, bucket, trace)
  }
  const committed = await ports.store.commit(partition, {
    owner: options.owner,
    expectedOffset: loop.offset,
    offset: slice.offset,
    dataflowsVersion: version,
    profiles: outcome.profiles,
    timers: outcome.timers,
    newSegments,
    firstSegment: dictionary.segments.length - newSegments.length,
    outbox: outcome.outbox,
    counters: countLoss(
      outcome.counters
        .set('setAside', slice.setAside.length)
        .set('resident', residentCount - loop.residentCounted),
      loop.loss,
    ),
    books: outcome.books,
    erased: Array.from(outcome.erased, ([profileKey, erasedMs]) => ({
      profileKey,
      ...tombstones.add(profileKey, erasedMs),
    })),
    setAside: slice.setAside,
  })
  if (committed.status === 'fenced' || committed.status === 'outdated') return committed.status
  if (committed.status === 'moved')
    throw new Error('the committed offset is not the one this owner knows')
  if (committed.status === 'full') throw setAsidesFull(partition)
  for (const trouble of slice.troubles) options.failed(trouble)
  dictionary.committed()
  recent.committed(slice.offset)
  loop.offset = slice.offset
  loop.loss = undefined
  loop.residentCounted = residentCount
  loop.commits += 1
  timers.committed(outcome.dueKeys, outcome.profiles)
  timers.arm(committed.nextDueMs)
  if (committed.opened.length > 0) await options.opened(partition, committed.opened)
  if (outcome.erasing) await options.erasing?.(partition)
  if (loop.commits % commitsPerTrim === 0) await trim(session, loop)
  return 'committed'
}

/** Counts a loss where the partition's other numbers are: they are what the store remembers. */
function countLoss(
  counters: Map<string, number>,
  loss: PartitionLoss | undefined,
): Map<string, number> {
  if (loss === undefined) return counters
  return counters
    .set('losses', 1)
    .set('entriesBack', loss.entriesBack)
    .set('entriesLost', loss.entriesLost)
    .set('updatesAppendedAgain', loss.updatesAppended)
}

/**
 * Finds the slice's profiles, those that are not resident loaded in one round trip.
 *
 * @returns those that cannot be read
 */
async function prefetch(
  { ports, options, residency }: Session,
  slice: Slice,
  tombstones: Tombstones,
): Promise<ReadonlyMap<string, Unreadable>> {
  const loaded = new Map<string, Resident>()
  const unreadable = new Map<string, Unreadable>()
  const missing = findResidents(slice, residency)
  const packed = missing.length === 0 ? [] : await ports.store.load(options.partition, missing)
  for (const [index, profileKey] of missing.entries()) {
    const erasedMs = tombstones.erasedMs(profileKey)
    const resident = readOrNot(() =>
      rehydrate(profileKey, packed[index], options.startTransitions, erasedMs),
    )
    if (resident instanceof Unreadable) unreadable.set(profileKey, resident)
    else loaded.set(profileKey, resident)
  }
  addLoaded(slice, loaded)
  return unreadable
}

function keepResident({ entries }: Slice, residency: Residency): void {
  for (const { records, residents } of entries) {
    for (let index = 0; index < records.length; index += 1) {
      const resident = residents[index]
      if (resident !== undefined) residency.put(records[index]![1], resident)
    }
  }
}

function setAsidesFull(partition: number): Error {
  return new Error(
    `SET_ASIDE_FULL: partition ${partition} has set aside ${setAsidesLimit} entries that cannot be read, and stops: GET /v1/set-aside tells why; replay or discard them`,
  )
}

function currentRoutes(session: Session, dictionary: Dictionary): KnownRoutes {
  if (session.routes === undefined) {
    const { version, dataflows } = session.options.dataflows()
    session.routes = { version, routes: createRoutes(dataflows, dictionary.segments) }
  }
  return session.routes
}

async function trim({ ports, options }: Session, loop: LoopState): Promise<void> {
  if (loop.trimmed === loop.offset) return
  await ports.log.trim(options.partition, loop.offset)
  loop.trimmed = loop.offset
}

async function pause(clock: AlarmClock, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(delayMs, end)
    signal.addEventListener('abort', end)
  })
}
