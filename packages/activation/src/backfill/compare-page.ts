import {
  draftRow,
  packChunk,
  rowsPerChunkLimit,
  unpackEntry,
  readOrNot,
  Unreadable,
  unpackProfile,
  type BackfillOrder,
  type BackfillPlace,
  type BackfillProgress,
  type BackfillRows,
  type Bucket,
  type ChunkDraft,
  type Counterpart,
  type Dataflow,
  type OpenedBackfill,
  type OutboxRow,
  type ScannedPart,
} from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import type { BackfillPorts } from './backfill.ts'
import { differences, type ComparisonContext } from './differences.ts'

/** Fewer profiles where an order is about many segments, so that a page's rows have a bound too. */
const rowsPerPageMax = 16_384
const profilesPerPageMin = 16
/**
 * Rows in a partition's outbox beyond which a backfill adds none: well below the bound at which the gateway takes no more
 * updates (`SEGUE_OUTBOX_MAX_ROWS`), and above what solutions that are down hold (`SEGUE_BACKLOG_MAX_ROWS` each), which is no
 * reason for another one's backfill to wait.
 */
const outboxRowsMax = 350_000
const secondMs = 1_000

/** What is compared. */
export interface Comparison {
  readonly place: BackfillPlace
  readonly order: BackfillOrder
  readonly dataflow: Dataflow
  readonly solution: Pick<Solution, 'name' | 'namespaces' | 'takes' | 'aggregation'>
  /** Of the solution, by segment. */
  readonly counterparts: ReadonlyMap<string, Counterpart>
  readonly partition: number
  /** At most. */
  readonly profilesPerPage: number
}

/** What became of a page; `read`: profiles looked at. */
export type PageEnd =
  | {
      readonly status: 'advanced'
      readonly read: number
      readonly progress: BackfillProgress
      readonly buckets: readonly Bucket[]
    }
  | { readonly status: 'moved' | 'full'; readonly read: number }

/**
 * Reads the next page of a partition, appends rows for what differs, and moves the progress on.
 *
 * @param segments the partition's dictionary, read before the page: what is not in it changed after the order came
 */
export async function comparePage(
  ports: BackfillPorts,
  comparison: Comparison,
  segments: readonly string[],
  opened: OpenedBackfill,
): Promise<PageEnd> {
  const { place, order, partition } = comparison
  const nowMs = ports.clock.nowMs()
  const before = opened.progress ?? firstProgress(order, opened, nowMs)
  const { part, restarted } = await readPart(ports, comparison, before)
  const rows = await rowsOf(ports, comparison, segments, before, part)
  const after = progressAfter(before, order, part, restarted, rows, ports.clock.nowMs())
  const outcome = await ports.backfills.advance(
    partition,
    place,
    opened.progress,
    after,
    bucketsOf(rows, comparison.dataflow, nowMs),
    outboxRowsMax,
  )
  const read = part.found.length
  if (outcome.status !== 'advanced') return { status: outcome.status, read }
  return { status: 'advanced', progress: after, buckets: outcome.buckets, read }
}

function firstProgress(
  { reach }: BackfillOrder,
  { offset, profiles, told }: OpenedBackfill,
  nowMs: number,
): BackfillProgress {
  return {
    // Only who was told of something is concerned then, and the ledger knows them all.
    phase: reach === 'members' ? 'profiles' : 'ledger',
    cursor: '0',
    runId: '',
    since: offset,
    startedMs: nowMs,
    endedMs: 0,
    scanned: 0,
    profiles: reach === 'members' ? profiles : told,
    rows: 0,
    moved: 0,
    pages: 0,
  }
}

/** The phase's next part; its first once more where the store was started anew, since it does not know the cursor. */
async function readPart(
  { backfills }: BackfillPorts,
  { place, order, partition, profilesPerPage }: Comparison,
  { phase, cursor, runId }: BackfillProgress,
): Promise<{ readonly part: ScannedPart; readonly restarted: boolean }> {
  const fitting = Math.floor(rowsPerPageMax / Math.max(1, order.segments.length))
  const count = Math.min(profilesPerPage, Math.max(profilesPerPageMin, fitting))
  const read = (from: string): Promise<ScannedPart> =>
    phase === 'profiles'
      ? backfills.scanProfiles(partition, from, count)
      : backfills.scanLedger(partition, place.dataflow, place.solution, from, count)
  const part = await read(cursor)
  if (cursor === '0' || part.runId === runId) return { part, restarted: false }
  return { part: await read('0'), restarted: true }
}

async function rowsOf(
  ports: BackfillPorts,
  { place, order, dataflow, solution, counterparts, partition }: Comparison,
  segments: readonly string[],
  { phase, since }: BackfillProgress,
  { found }: ScannedPart,
): Promise<OutboxRow[]> {
  if (phase === 'ended' || found.length === 0) return []
  // An order may be older than what is activated by now.
  const wanted = new Set(
    order.segments.filter((segment) =>
      dataflow.segments[segment]?.solutions.includes(solution.name),
    ),
  )
  const context: ComparisonContext = {
    phase,
    reach: order.reach,
    newFromMs: order.newFromMs ?? 0,
    segments: new Set(segments.flatMap((segment, index) => (wanted.has(segment) ? index : []))),
    since,
    namespaces: solution.namespaces,
    primaryIdentityOnly: dataflow.primaryIdentityOnly === true,
    fullState: solution.takes === 'full-state',
    generation: (segment) => generationOf(counterparts.get(segments[segment] ?? '')),
    activated: (segment) =>
      dataflow.segments[segments[segment] ?? '']?.solutions.includes(solution.name) === true,
    bit: dataflow.solutions.indexOf(solution.name),
  }
  const keys = found.map(({ profileKey }) => profileKey)
  const others =
    phase === 'profiles'
      ? await ports.ledger.entries(partition, place.dataflow, place.solution, keys)
      : await ports.store.load(partition, keys)
  return found.flatMap(({ profileKey, packed }, index) => {
    const [profile, entry] =
      phase === 'profiles' ? [packed, others[index]] : [others[index], packed]
    const read =
      profile === undefined ? undefined : readOrNot(() => unpackProfile(profileKey, profile))
    // What it is in, nobody knows: what was told of it stays.
    if (read instanceof Unreadable) return []
    return differences(profileKey, read, unpackEntry(entry), context)
  })
}

/** One that was removed has the generation of none: the next will know nothing of whom it held. */
function generationOf(counterpart: Counterpart | undefined): number | undefined {
  return counterpart !== undefined && counterpart.remoteId === undefined
    ? 0
    : counterpart?.generation
}

function progressAfter(
  before: BackfillProgress,
  { reach, movedSinceMs = Infinity }: BackfillOrder,
  { cursor, runId, found }: ScannedPart,
  restarted: boolean,
  rows: readonly OutboxRow[],
  nowMs: number,
): BackfillProgress {
  const { phase } = before
  // Where the ledger is read after the profiles, that is no further look at them.
  const looks = phase === 'profiles' || reach === 'told'
  const counted = restarted && looks ? 0 : before.scanned
  const after = {
    ...before,
    scanned: looks ? counted + found.length : before.scanned,
    rows: before.rows + rows.length,
    moved: before.moved + rows.filter(({ revisionMs }) => revisionMs >= movedSinceMs).length,
    pages: before.pages + 1,
  }
  if (cursor !== '0') return { ...after, cursor, runId }
  return phase === 'profiles'
    ? { ...after, phase: 'ledger', cursor: '0', runId: '' }
    : { ...after, phase: 'ended', cursor: '0', runId: '', endedMs: nowMs }
}

/**
 * The rows in buckets: those that are older than the dataflow's delay go out at once, younger ones when they all have waited
 * for it, since a row of their own may wait still.
 */
function bucketsOf(
  rows: readonly OutboxRow[],
  { activationDelayMs }: Dataflow,
  nowMs: number,
): BackfillRows[] {
  const byAge = Map.groupBy(rows, ({ revisionMs }) => revisionMs + activationDelayMs > nowMs)
  return Array.from(byAge, ([young, own]) => {
    const youngestMs = own.reduce((latest, { revisionMs }) => Math.max(latest, revisionMs), 0)
    const dueMs = young
      ? Math.ceil((youngestMs + activationDelayMs) / secondMs) * secondMs
      : Math.floor(nowMs / secondMs) * secondMs
    return { dueMs, chunks: chunksOf(own), count: own.length }
  })
}

function chunksOf(rows: readonly OutboxRow[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let from = 0; from < rows.length; from += rowsPerChunkLimit) {
    const draft: ChunkDraft = { keys: [], numbers: [] }
    for (const row of rows.slice(from, from + rowsPerChunkLimit)) draftRow(draft, row)
    chunks.push(packChunk(draft))
  }
  return chunks
}
