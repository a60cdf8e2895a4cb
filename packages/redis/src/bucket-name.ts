import type { Bucket, PlannedRange, Range } from '@segue/runtime'

/** `dataflow|due`: the bucket that commits write to. */
export function openName(bucket: Pick<Bucket, 'dataflow' | 'dueMs'>): string {
  return `${bucket.dataflow}|${bucket.dueMs}`
}

/** `dataflow|due|generation`: one bucket for good; behind that `|order|solution` where its rows are a backfill's. */
export function bucketName(bucket: Bucket): string {
  const name = `${openName(bucket)}|${bucket.generation}`
  const { backfill } = bucket
  return backfill === undefined ? name : `${name}|${backfill.order}|${backfill.solution}`
}

export function parseBucketName(name: string): Bucket {
  const [dataflow = '', dueMs, generation, order, solution] = name.split('|')
  const bucket = { dataflow, dueMs: Number(dueMs), generation: Number(generation) }
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
