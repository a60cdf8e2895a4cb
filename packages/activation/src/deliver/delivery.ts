import { randomBytes } from 'node:crypto'
import type {
  Clock,
  Dataflow,
  Ledger,
  Outbox,
  PartitionStore,
  SolutionRecords,
  Windows,
} from '@segue/runtime'
import {
  segmentGone,
  type Delivery,
  type Receipt,
  type SegmentReceipt,
  type Solution,
} from '@segue/solution-kit'
import type { DeliveryJob } from '../queue/jobs.ts'
import type { JobOutcome, JobQueue } from '../queue/job-queue.ts'
import {
  claimChunk,
  profilesPerClaim,
  settleChunk,
  type ClaimChunk,
  type ClaimTarget,
  type Send,
} from './claim-chunk.ts'
import { pendingRows, type PendingRow, type RangePointer } from './pending-rows.ts'
import { createPool, type Pool } from './pool.ts'
import { createRemoteSegments, type RemoteSegments } from './remote-segments.ts'
import { busyDelayMs, rowAttemptsMax, rowDelayMs } from './retry-policy.ts'
import {
  createSolutionCalls,
  type RowReceipt,
  type SolutionCalls,
  type SolutionTrouble,
} from './solution-calls.ts'
import { addToWindow } from './window.ts'

/** A claim lasts this long; a pooled row is sent within half of it or given back. */
const leaseMs = 120_000
/** A window is one large delivery, which may wait for the solution to process it. */
const windowLeaseMs = 900_000
/** A membership that keeps changing is held for so many delays (design §6, invariant 6). */
const delaysHeld = 6
/** A window that finds another in work comes back after this long. */
const windowTurnMs = 500
/** Pointers of a window read at once. */
const pointersPerRead = 500

export interface DeliveryPorts {
  readonly outbox: Outbox
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly records: SolutionRecords
  readonly windows: Windows
  readonly clock: Clock
}

export interface DeliveryOptions {
  readonly solution: Solution
  readonly queue: JobQueue<DeliveryJob>
  readonly dataflow: (id: string) => Dataflow | undefined
  readonly trouble: (trouble: SolutionTrouble) => void
}

/** How a run over some ranges ended. */
interface RunEnd {
  /** Rows that are still to do. */
  remaining: number
  /** Some of them used up a try. */
  tried: boolean
  afterMs: number
}

/**
 * Runs the jobs of one solution: reads the rows' present state under a claim, drops what is superseded or known, sends the
 * rest, and settles one receipt a row (design §8).
 */
export function createDelivery(
  ports: DeliveryPorts,
  options: DeliveryOptions,
): (job: DeliveryJob) => Promise<JobOutcome<DeliveryJob>> {
  const { solution } = options
  const calls = createSolutionCalls(solution, ports, options.trouble)
  const maxRowsPerCall =
    solution.aggregation.aggregationType === 'BEST_EFFORT'
      ? solution.aggregation.maxUsersPerRequest
      : solution.aggregation.maxNumEventsInBatch
  const session: Session = {
    ports,
    options,
    calls,
    maxRowsPerCall,
    pool: createPool(solution, calls, maxRowsPerCall),
    remoteSegments: createRemoteSegments(solution, ports.records),
    windowRuns: 0,
    dictionaries: new Map(),
  }
  return (job) => {
    // Without the faster way a row goes on into its window; without the other it waits.
    const pausedMs = job.kind === 'express' ? 0 : calls.pausedForMs('deliver')
    if (pausedMs > 0) {
      const afterMs = pausedMs + Math.random() * 1_000
      return Promise.resolve({ status: 'again', afterMs, payload: job })
    }
    switch (job.kind) {
      case 'range':
        return runRange(session, job)
      case 'express':
        return runExpress(session, job)
      case 'window':
        return runWindow(session, job)
    }
  }
}

interface Session {
  readonly ports: DeliveryPorts
  readonly options: DeliveryOptions
  readonly calls: SolutionCalls
  readonly maxRowsPerCall: number
  readonly pool: Pool
  readonly remoteSegments: RemoteSegments
  /** Windows in work in this process. */
  windowRuns: number
  /** Segments by partition, as far as they were needed. */
  readonly dictionaries: Map<number, readonly string[]>
}

type RangeJob = Extract<DeliveryJob, { readonly kind: 'range' | 'express' }>
type WindowJob = Extract<DeliveryJob, { readonly kind: 'window' }>

async function runRange(session: Session, job: RangeJob): Promise<JobOutcome<DeliveryJob>> {
  const { range } = job
  const rows = await pendingRows(session.ports.outbox, job)
  const end = await run(session, range.bucket.dataflow, rows, 'pool', job.attempt)
  return outcomeOf(job, end)
}

async function runExpress(session: Session, job: RangeJob): Promise<JobOutcome<DeliveryJob>> {
  const { options, ports } = session
  const { aggregation } = options.solution
  const rows = await pendingRows(ports.outbox, job)
  if (rows.length > 0 && session.calls.pausedForMs('express') === 0) {
    await run(session, job.range.bucket.dataflow, rows, 'express', job.attempt)
  }
  const left = await pendingRows(ports.outbox, job)
  if (left.length > 0 && aggregation.aggregationType === 'CONFIGURABLE_AGGREGATION') {
    const pointer = { partition: job.partition, range: job.range, rows: left.length }
    const { dataflow } = job.range.bucket
    await addToWindow(ports.windows, options.queue, aggregation, options.solution.name, dataflow, [
      pointer,
    ])
  }
  return { status: 'done' }
}

/** One window after the other: the next comes back later, so that it holds neither claims nor a worker's slot meanwhile. */
async function runWindow(session: Session, job: WindowJob): Promise<JobOutcome<DeliveryJob>> {
  if (session.windowRuns >= session.options.solution.maxConcurrentCalls) {
    return { status: 'again', afterMs: windowTurnMs, payload: job }
  }
  session.windowRuns += 1
  try {
    return await deliverWindow(session, job)
  } finally {
    session.windowRuns -= 1
  }
}

async function deliverWindow(session: Session, job: WindowJob): Promise<JobOutcome<DeliveryJob>> {
  const { ports, options, maxRowsPerCall } = session
  const { name } = options.solution
  await ports.windows.close(name, job.dataflow, job.window)
  for (;;) {
    const read = await ports.windows.first(name, job.dataflow, job.window, pointersPerRead)
    if (read.length === 0) return { status: 'done' }
    const taken: RangePointer[] = []
    let expected = 0
    for (const pointer of read) {
      if (taken.length > 0 && expected + pointer.rows > maxRowsPerCall) break
      taken.push(pointer)
      expected += pointer.rows
    }
    const rows = (
      await Promise.all(taken.map((pointer) => pendingRows(ports.outbox, pointer)))
    ).flat()
    const end = await run(session, job.dataflow, rows, 'window', job.attempt)
    if (end.remaining > 0) return outcomeOf(job, end)
    await ports.windows.drop(name, job.dataflow, job.window, taken.length)
  }
}

function outcomeOf(job: DeliveryJob, end: RunEnd): JobOutcome<DeliveryJob> {
  if (end.remaining === 0) return { status: 'done' }
  return {
    status: 'again',
    afterMs: end.tried
      ? rowDelayMs(job.attempt, end.afterMs, Math.random())
      : Math.max(end.afterMs, busyDelayMs),
    payload: end.tried ? { ...job, attempt: job.attempt + 1 } : job,
  }
}

/** Claims, decides, sends and settles rows of one dataflow. */
async function run(
  session: Session,
  dataflowId: string,
  rows: readonly PendingRow[],
  way: 'pool' | 'express' | 'window',
  attempt: number,
): Promise<RunEnd> {
  const end: RunEnd = { remaining: 0, tried: false, afterMs: 0 }
  if (rows.length === 0) return end
  const { ports, options } = session
  const dataflow = options.dataflow(dataflowId)
  if (dataflow === undefined) return { remaining: rows.length, tried: false, afterMs: 1_000 }

  const token = randomBytes(6)
  const startedMs = performance.now()
  const chunks: {
    readonly target: ClaimTarget
    readonly chunk: ClaimChunk
    readonly segments: readonly string[]
  }[] = []
  for (const [partition, ofPartition] of Map.groupBy(rows, (row) => row.partition)) {
    const segments = await dictionaryOf(session, partition, ofPartition)
    const target = claimTarget(session, dataflow, segments, way)
    for (const part of chunked(ofPartition)) {
      chunks.push({ target, segments, chunk: await claimChunk(target, partition, token, part) })
    }
  }
  const sends = chunks.flatMap(({ chunk, segments }) =>
    chunk.sends.map((send) => ({ send, segment: segments[send.segment] ?? '' })),
  )
  await sendAll(session, dataflow, sends, way, startedMs)

  for (const { target, chunk } of chunks) {
    const lost = await settleChunk(target, chunk, {
      exhausted: attempt + 1 >= rowAttemptsMax,
      attempts: attempt + 1,
      nowMs: ports.clock.nowMs(),
      express: way === 'express',
    })
    noteEnd(end, chunk, lost)
  }
  return end
}

function claimTarget(
  session: Session,
  dataflow: Dataflow,
  segments: readonly string[],
  way: 'pool' | 'express' | 'window',
): ClaimTarget {
  const { ports, options } = session
  const { name, namespaces } = options.solution
  return {
    ledger: ports.ledger,
    dataflow: dataflow.id,
    solution: name,
    leaseMs: way === 'window' ? windowLeaseMs : leaseMs,
    context: {
      nowMs: ports.clock.nowMs(),
      holdMs: delaysHeld * dataflow.activationDelayMs,
      namespaces,
    },
    activated: (segment) => {
      const activation = dataflow.segments[segments[segment] ?? '']
      return dataflow.enabled && activation !== undefined && activation.solutions.includes(name)
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

interface NamedSend {
  readonly send: Send
  readonly segment: string
}

async function sendAll(
  session: Session,
  dataflow: Dataflow,
  sends: readonly NamedSend[],
  way: 'pool' | 'express' | 'window',
  startedMs: number,
): Promise<void> {
  const ready: { readonly send: Send; readonly row: Delivery }[] = []
  const wanted = way === 'express' ? sends.filter(({ send }) => mayExpress(send)) : sends
  const remote = await remoteIds(session, dataflow, wanted)
  for (const { send, segment } of wanted) {
    const counterpart = remote.get(segment)
    if (counterpart?.status !== 'ready') {
      if (counterpart !== undefined) send.result = notSent(counterpart)
      continue
    }
    const { identities, status, record } = send
    const { remoteId } = counterpart
    ready.push({
      send,
      row: { identities, segment, remoteId, status, revisionMs: record.revisionMs },
    })
  }
  if (way === 'pool') await viaPool(session, dataflow.id, ready, startedMs)
  else await inSlices(session, dataflow.id, ready, way)

  const gone = wanted.filter(({ send }) => {
    const receipt = send.result?.receipt
    return receipt?.status === 'retry' && receipt.code === segmentGone
  })
  for (const segment of new Set(gone.map((one) => one.segment))) {
    await session.remoteSegments.forget(dataflow, segment)
  }
}

/** No fast add goes out while a removal is not known to be applied: it could be overtaken by it (design §9). */
function mayExpress({ status, record }: Send): boolean {
  return status === 'realized' && (record.receiptMs === 0 || record.applied)
}

async function remoteIds(
  session: Session,
  dataflow: Dataflow,
  sends: readonly NamedSend[],
): Promise<Map<string, SegmentReceipt>> {
  const names = [...new Set(sends.map(({ segment }) => segment))]
  const receipts = await Promise.all(
    names.map((segment) => session.remoteSegments.of(dataflow, segment)),
  )
  return new Map(names.map((segment, index) => [segment, receipts[index]!]))
}

function notSent(receipt: Exclude<SegmentReceipt, { readonly status: 'ready' }>): RowReceipt {
  const unsent: Receipt = receipt.status === 'retry' ? { ...receipt, inDoubt: false } : receipt
  return { receipt: unsent, receiptMs: 0, receiptSequence: 0 }
}

function viaPool(
  session: Session,
  dataflow: string,
  ready: readonly { readonly send: Send; readonly row: Delivery }[],
  startedMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    let open = ready.length
    if (open === 0) resolve()
    for (const { send, row } of ready) {
      session.pool.submit({
        dataflow,
        row,
        sendBeforeMs: startedMs + leaseMs / 2,
        settle: (result) => {
          send.result = result
          open -= 1
          if (open === 0) resolve()
        },
      })
    }
  })
}

async function inSlices(
  session: Session,
  dataflow: string,
  ready: readonly { readonly send: Send; readonly row: Delivery }[],
  way: 'express' | 'window',
): Promise<void> {
  const { calls, maxRowsPerCall } = session
  for (let from = 0; from < ready.length; from += maxRowsPerCall) {
    const slice = ready.slice(from, from + maxRowsPerCall)
    const rows = slice.map(({ row }) => row)
    const results = await (way === 'express'
      ? calls.express(dataflow, rows)
      : calls.deliver(dataflow, rows))
    for (const [index, { send }] of slice.entries()) send.result = results[index]
  }
}

/** Segments of a partition, read again where a row names one that is not known here yet. */
async function dictionaryOf(
  session: Session,
  partition: number,
  rows: readonly PendingRow[],
): Promise<readonly string[]> {
  const largest = Math.max(...rows.map(({ row }) => row.segment))
  let segments = session.dictionaries.get(partition)
  if (segments === undefined || segments.length <= largest) {
    segments = (await session.ports.store.open(partition)).segments
    session.dictionaries.set(partition, segments)
  }
  return segments
}

function noteEnd(end: RunEnd, chunk: ClaimChunk, lost: readonly string[]): void {
  const settled = chunk.outcomes.filter(({ pending }) => !lost.includes(pending.row.profileKey))
  end.remaining += chunk.rowCount - settled.length
  for (const { result } of chunk.sends) {
    if (result?.receipt.status !== 'retry') continue
    end.afterMs = Math.max(end.afterMs, result.receipt.afterMs)
    if (result.receipt.scope === 'row') end.tried = true
  }
}
