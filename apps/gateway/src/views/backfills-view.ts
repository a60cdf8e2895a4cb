import type { RedisPorts } from '@segue/redis'
import {
  unpackChunk,
  type BackfillOrder,
  type BackfillPlace,
  type BackfillProgress,
  type Bucket,
  type Dataflow,
} from '@segue/runtime'
import { timeOf } from './time-of.ts'

/** How far something is. `waiting`: nothing was compared yet, or its flow is off; `done`: all is compared, and nothing of it waits to be sent. */
type BackfillState = 'waiting' | 'running' | 'done'

/** One order, or its part for one solution. */
export interface BackfillNumbers {
  readonly state: BackfillState
  readonly profiles: {
    /** Looked at, of how many there were when the comparison began. One that is met twice is counted twice. */
    readonly scanned: number
    readonly total: number
  }
  /** Memberships that the solution knew otherwise: handed on to be sent. */
  readonly rows: number
  /** Of those, changed since `movedSince`. */
  readonly moved?: number
  /** Of those, not settled yet. */
  readonly pending: number
  readonly startedAt?: string
  /** When everything was compared. */
  readonly comparedAt?: string
}

export interface BackfillView extends BackfillNumbers {
  readonly id: string
  readonly flowId: string
  readonly flowName: string
  readonly segments: readonly string[]
  readonly reach: BackfillOrder['reach']
  readonly requestedAt: string
  readonly movedSince?: string
  readonly solutions: Readonly<Record<string, BackfillNumbers>>
}

type Ports = Pick<RedisPorts, 'dataflows' | 'backfills' | 'outbox'>

/**
 * The backfills of a sandbox, newest first, as far as their orders are kept.
 * @param id of the only one that is wanted
 */
export async function viewBackfills(
  { dataflows, backfills, outbox }: Ports,
  partitionCount: number,
  id?: string,
): Promise<readonly BackfillView[]> {
  const orders = (await dataflows.list()).flatMap((dataflow) =>
    (dataflow.backfills ?? [])
      .filter((order) => id === undefined || order.id === id)
      .map((order) => ({ dataflow, order })),
  )
  if (orders.length === 0) return []
  const sums = new Map<string, Sum>()
  for (const { dataflow, order } of orders) {
    for (const solution of order.solutions) {
      sums.set(nameOf({ dataflow: dataflow.id, order: order.id, solution }), emptySum())
    }
  }
  await Promise.all(
    Array.from({ length: partitionCount }, async (_, partition) => {
      for (const { place, progress } of await backfills.all(partition)) {
        addProgress(sums.get(nameOf(place)), progress)
      }
      for (const { bucket } of await outbox.buckets(partition)) {
        const { backfill, dataflow } = bucket
        const sum = backfill && sums.get(nameOf({ ...backfill, dataflow }))
        if (sum !== undefined) sum.pending += await pendingOf(outbox, partition, bucket)
      }
    }),
  )
  return orders
    .map(({ dataflow, order }) => viewOne(dataflow, order, sums, partitionCount))
    .toSorted((one, other) => (one.requestedAt < other.requestedAt ? 1 : -1))
}

interface Sum {
  begun: number
  ended: number
  scanned: number
  total: number
  rows: number
  moved: number
  pending: number
  startedMs: number
  endedMs: number
}

function emptySum(): Sum {
  return {
    begun: 0,
    ended: 0,
    scanned: 0,
    total: 0,
    rows: 0,
    moved: 0,
    pending: 0,
    startedMs: Infinity,
    endedMs: 0,
  }
}

function addProgress(sum: Sum | undefined, progress: BackfillProgress): void {
  if (sum === undefined) return
  sum.begun += 1
  if (progress.phase === 'ended') sum.ended += 1
  sum.scanned += progress.scanned
  sum.total += progress.profiles
  sum.rows += progress.rows
  sum.moved += progress.moved
  sum.startedMs = Math.min(sum.startedMs, progress.startedMs)
  sum.endedMs = Math.max(sum.endedMs, progress.endedMs)
}

/** Rows of a backfill's bucket that are not settled: it is for one solution, so each row counts once. */
async function pendingOf(
  outbox: Ports['outbox'],
  partition: number,
  bucket: Bucket,
): Promise<number> {
  const planned = await outbox.planned(partition, bucket)
  if (planned !== undefined) {
    return planned.reduce((sum, { progress }) => sum + progress.split('0').length - 1, 0)
  }
  const chunks = await outbox.chunks(partition, bucket, 0, -1)
  return chunks.reduce((sum, chunk) => sum + unpackChunk(chunk).length, 0)
}

function viewOne(
  dataflow: Dataflow,
  order: BackfillOrder,
  sums: ReadonlyMap<string, Sum>,
  partitionCount: number,
): BackfillView {
  const parts = order.solutions.map((solution) => {
    const sum = sums.get(nameOf({ dataflow: dataflow.id, order: order.id, solution }))
    return [solution, sum ?? emptySum()] as const
  })
  const { movedSinceMs } = order
  const numbers = (all: readonly Sum[]): BackfillNumbers =>
    numbersOf(all, dataflow.enabled, partitionCount, movedSinceMs !== undefined)
  return {
    id: order.id,
    flowId: dataflow.id,
    flowName: dataflow.name,
    segments: order.segments,
    reach: order.reach,
    requestedAt: timeOf(order.requestedMs),
    ...(movedSinceMs === undefined ? {} : { movedSince: timeOf(movedSinceMs) }),
    ...numbers(parts.map(([, sum]) => sum)),
    solutions: Object.fromEntries(parts.map(([solution, sum]) => [solution, numbers([sum])])),
  }
}

function numbersOf(
  sums: readonly Sum[],
  enabled: boolean,
  partitionCount: number,
  showsMoved: boolean,
): BackfillNumbers {
  const total = (what: keyof Sum): number => sums.reduce((sum, one) => sum + one[what], 0)
  const compared = sums.every(({ ended }) => ended === partitionCount)
  const pending = total('pending')
  const startedMs = Math.min(...sums.map((sum) => sum.startedMs))
  const endedMs = Math.max(...sums.map((sum) => sum.endedMs))
  return {
    state: compared
      ? pending === 0
        ? 'done'
        : 'running'
      : enabled && total('begun') > 0
        ? 'running'
        : 'waiting',
    profiles: { scanned: total('scanned'), total: total('total') },
    rows: total('rows'),
    ...(showsMoved ? { moved: total('moved') } : {}),
    pending,
    ...(startedMs === Infinity ? {} : { startedAt: timeOf(startedMs) }),
    ...(compared ? { comparedAt: timeOf(endedMs) } : {}),
  }
}

function nameOf({ dataflow, order, solution }: BackfillPlace): string {
  return `${dataflow}|${order}|${solution}`
}
