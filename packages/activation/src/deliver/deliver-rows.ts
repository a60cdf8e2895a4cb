import { systemRandom, type Dataflow } from '@segue/runtime'
import {
  claimChunk,
  profilesPerClaim,
  renewChunk,
  type ClaimChunk,
  type ClaimTarget,
} from './claim-chunk.ts'
import { keepClaims } from './claim-lease.ts'
import type { DeliverySession, RowsWay } from './delivery-session.ts'
import type { PendingRow } from './pending-rows.ts'
import type { RemoteSegment } from './remote-segments.ts'
import { rowAttemptsMax, unappliedDelayMs } from './retry-policy.ts'
import { sendRows } from './send-rows.ts'
import { settleChunk } from './settle-chunk.ts'

/** A membership that keeps changing is held for so many delays (design §6, invariant 6). */
const delaysHeld = 6

/** How the delivery of some rows ended. */
export interface RowsEnd {
  /** Rows that are still to do. */
  remaining: number
  /** Some of them used up a try. */
  tried: boolean
  afterMs: number
}

/**
 * Claims, decides, sends and settles rows of one dataflow.
 *
 * @param of the dataflow's id, or one that stands in for it
 */
export async function deliverRows(
  session: DeliverySession,
  of: string | Dataflow,
  rows: readonly PendingRow[],
  way: RowsWay,
  attempt: number,
): Promise<RowsEnd> {
  const end: RowsEnd = { remaining: 0, tried: false, afterMs: 0 }
  if (rows.length === 0) return end
  const parts = await partsOf(session, rows)
  const dataflow = typeof of === 'string' ? await knownDataflow(session, of, parts) : of
  if (dataflow === undefined) return { remaining: rows.length, tried: false, afterMs: 1_000 }

  const chunks = await claimAndSend(session, dataflow, parts, way)
  await settle(session, chunks, way, attempt, end)
  return end
}

/** Rows of one partition that were claimed together. */
interface ClaimedRows {
  readonly target: ClaimTarget
  readonly chunk: ClaimChunk
  readonly part: PartitionRows
}

async function claimAndSend(
  session: DeliverySession,
  dataflow: Dataflow,
  parts: readonly PartitionRows[],
  way: RowsWay,
): Promise<readonly ClaimedRows[]> {
  const { ports } = session
  const chunks: ClaimedRows[] = []
  const token = (ports.random ?? systemRandom).token(6)
  const remote = new Map<string, RemoteSegment>()
  const lease = keepClaims(ports.clock, session.interruptions)
  try {
    for (const part of parts) {
      await findCounterparts(session, dataflow, part.names, remote)
      const target = claimTarget(session, dataflow, part, remote)
      for (const own of chunked(part.rows)) {
        const chunk = await lease.claim(
          () => claimChunk(target, part.partition, token, own),
          (claimed) => renewChunk(target, claimed),
        )
        chunks.push({ target, part, chunk })
      }
    }
    const sends = chunks.flatMap(({ chunk, part: { segments } }) =>
      chunk.sends.map((send) => ({ send, segment: segments[send.segment] ?? '', segments })),
    )
    await sendRows(session, dataflow, remote, sends, way, lease.holds)
  } finally {
    for (const { chunk, part } of chunks) noteTold(session, dataflow.id, chunk, part.segments)
    await lease.end()
  }
  return chunks
}

async function settle(
  session: DeliverySession,
  chunks: readonly ClaimedRows[],
  way: RowsWay,
  attempt: number,
  end: RowsEnd,
): Promise<void> {
  const { clock } = session.ports
  for (const { target, chunk } of chunks) {
    const settledElsewhere = await settleChunk(target, chunk, {
      exhausted: attempt + 1 >= rowAttemptsMax,
      attempts: attempt + 1,
      nowMs: clock.nowMs(),
      express: way === 'express',
    })
    noteEnd(end, chunk, settledElsewhere, clock.nowMs())
    if (settledElsewhere.length > 0) session.claimsLost()
  }
}

/** Remembers what has reached the solution, or may have, before anybody relies on the ledger for that. */
function noteTold(
  { ports, tellings }: DeliverySession,
  dataflow: string,
  { partition, sends }: ClaimChunk,
  segments: readonly string[],
): void {
  const toldMs = ports.clock.nowMs()
  for (const { profileKey, segment, record, result } of sends) {
    const receipt = result?.receipt
    const isDoubtful = receipt?.status === 'retry' && receipt.inDoubt
    if (result === undefined || (receipt?.status !== 'delivered' && !isDoubtful)) continue
    tellings.note({
      partition,
      dataflow,
      segment: segments[segment] ?? '',
      profileKey,
      revisionMs: record.revisionMs,
      receiptMs: isDoubtful ? toldMs : result.receiptMs,
      receiptSequence: result.receiptSequence,
    })
  }
}

/** Rows of one partition, and what their segments are. */
interface PartitionRows {
  readonly partition: number
  readonly rows: readonly PendingRow[]
  /** The partition's dictionary, as far as it is known here. */
  segments: readonly string[]
  /** Segments of the rows, each once. */
  readonly names: ReadonlySet<string>
}

async function partsOf(
  session: DeliverySession,
  rows: readonly PendingRow[],
): Promise<readonly PartitionRows[]> {
  const parts: PartitionRows[] = []
  for (const [partition, own] of Map.groupBy(rows, (row) => row.partition)) {
    const largest = Math.max(...own.map(({ row }) => row.segment))
    const segments = await dictionaryOf(session, partition, largest)
    const names = new Set(own.map(({ row }) => segments[row.segment] ?? ''))
    parts.push({ partition, rows: own, segments, names })
  }
  return parts
}

/**
 * The dataflow by which rows are delivered. Where it does not have a row's segment it may be that this process has not heard of a
 * change yet: what was routed by a newer one must not be excluded by an older one.
 */
async function knownDataflow(
  { options }: DeliverySession,
  id: string,
  parts: readonly PartitionRows[],
): Promise<Dataflow | undefined> {
  const dataflow = options.dataflow(id)
  const { name } = options.solution
  const isRight =
    dataflow !== undefined &&
    parts.every(({ names }) => [...names].every((segment) => isActivated(dataflow, segment, name)))
  if (isRight) return dataflow
  await options.refreshDataflows()
  return options.dataflow(id)
}

/** Finds the counterparts of the rows' segments, as far as these are activated, each once. */
async function findCounterparts(
  session: DeliverySession,
  dataflow: Dataflow,
  names: Iterable<string>,
  found: Map<string, RemoteSegment>,
): Promise<void> {
  await Promise.all(
    Array.from(new Set(names), async (segment) => {
      if (found.has(segment)) return
      if (!isActivated(dataflow, segment, session.options.solution.name)) return
      found.set(segment, await session.remoteSegments.of(dataflow, segment))
    }),
  )
}

function isActivated(dataflow: Dataflow, segment: string, solution: string): boolean {
  const activation = dataflow.segments[segment]
  return dataflow.enabled && activation !== undefined && activation.solutions.includes(solution)
}

function claimTarget(
  session: DeliverySession,
  dataflow: Dataflow,
  part: PartitionRows,
  remote: ReadonlyMap<string, RemoteSegment>,
): ClaimTarget {
  const { ports, options } = session
  const { name, namespaces, takes } = options.solution
  return {
    ledger: ports.ledger,
    dataflow: dataflow.id,
    solution: name,
    context: {
      nowMs: ports.clock.nowMs(),
      holdMs: delaysHeld * dataflow.activationDelayMs,
      namespaces,
      primaryIdentityOnly: dataflow.primaryIdentityOnly === true,
      fullState: takes === 'full-state',
    },
    areUnapplied: async (ids) => {
      const followed = await ports.records.following(name, ids)
      return followed.map((how) => how === 'waiting')
    },
    learn: async (largest) => {
      part.segments = await dictionaryOf(session, part.partition, largest)
    },
    activated: (segment) => isActivated(dataflow, part.segments[segment] ?? '', name),
    generation: (segment) => {
      const counterpart = remote.get(part.segments[segment] ?? '')
      return counterpart?.status === 'ready' ? counterpart.generation : undefined
    },
  }
}

/** Rows in parts of at most `profilesPerClaim` profiles, all rows of a profile in one part. */
function chunked(rows: readonly PendingRow[]): PendingRow[][] {
  const parts: PendingRow[][] = []
  let profiles = 0
  for (const own of Map.groupBy(rows, ({ row }) => row.profileKey).values()) {
    if (profiles % profilesPerClaim === 0) parts.push([])
    profiles += 1
    parts.at(-1)?.push(...own)
  }
  return parts
}

/** Segments of a partition, read again where one up to `largest` is not known here yet. */
async function dictionaryOf(
  session: DeliverySession,
  partition: number,
  largest: number,
): Promise<readonly string[]> {
  let segments = session.dictionaries.get(partition)
  if (segments === undefined || segments.length <= largest) {
    segments = (await session.ports.store.open(partition)).segments
    session.dictionaries.set(partition, segments)
  }
  return segments
}

function noteEnd(end: RowsEnd, chunk: ClaimChunk, lost: readonly string[], nowMs: number): void {
  for (const { receiptMs } of chunk.unapplied) {
    end.afterMs = Math.max(end.afterMs, unappliedDelayMs(nowMs - receiptMs))
  }
  const settled = chunk.outcomes.filter(({ pending }) => !lost.includes(pending.row.profileKey))
  end.remaining += chunk.rowCount - settled.length
  for (const { result } of chunk.sends) {
    if (result?.receipt.status !== 'retry') continue
    end.afterMs = Math.max(end.afterMs, result.receipt.afterMs)
    if (result.receipt.scope === 'row') end.tried = true
  }
}
