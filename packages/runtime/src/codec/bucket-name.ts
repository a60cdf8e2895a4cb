import type { PlannedRange, Range } from '../ports/outbox.ts'
import type { Bucket } from '../ports/partition-store.ts'

/** `dataflow|due@hour`: the bucket that commits of that hour write to; without the hour before there were runs. */
export function openName(bucket: Pick<Bucket, 'dataflow' | 'dueMs' | 'hour'>): string {
  const name = `${bucket.dataflow}|${bucket.dueMs}`
  return bucket.hour === undefined ? name : `${name}@${bucket.hour}`
}

/** `dataflow|due@hour|generation`: one bucket for good; behind that `|order|solution` where its rows are a backfill's. */
export function bucketName(bucket: Bucket): string {
  const name = `${openName(bucket)}|${bucket.generation}`
  const { backfill } = bucket
  return backfill === undefined ? name : `${name}|${backfill.order}|${backfill.solution}`
}

export function parseBucketName(name: string): Bucket {
  const [dataflow = '', due = '', generation, order, solution] = name.split('|')
  const [dueMs, hour] = due.split('@')
  const bucket = {
    dataflow,
    dueMs: Number(dueMs),
    generation: Number(generation),
    ...(hour === undefined ? {} : { hour: Number(hour) }),
  }
  return order === undefined || solution === undefined
    ? bucket
    : { ...bucket, backfill: { order, solution } }
}

/** `solution|from|to`: a range of a bucket's plan. */
export function rangeName(range: Range): string {
  return `${range.solution}|${range.from}|${range.to}`
}

export function parseRange(bucket: Bucket, name: string, progress: string): PlannedRange {
  const [solution = '', from, to] = name.split('|')
  return { bucket, solution, from: Number(from), to: Number(to), progress }
}
