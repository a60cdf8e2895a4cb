import type { Bucket, PlannedRange, Range } from '@segue/runtime'

/** `dataflow|due`: the bucket that commits write to. */
export function openName(bucket: Pick<Bucket, 'dataflow' | 'dueMs'>): string {
  return `${bucket.dataflow}|${bucket.dueMs}`
}

/** `dataflow|due|generation`: one bucket for good. */
export function bucketName(bucket: Bucket): string {
  return `${openName(bucket)}|${bucket.generation}`
}

export function parseBucketName(name: string): Bucket {
  const [dataflow = '', dueMs, generation] = name.split('|')
  return { dataflow, dueMs: Number(dueMs), generation: Number(generation) }
}

/** `solution|from|to`: a range of a bucket's plan. */
export function rangeName(range: Range): string {
  return `${range.solution}|${range.from}|${range.to}`
}

export function parseRange(bucket: Bucket, name: string, progress: string): PlannedRange {
  const [solution = '', from, to] = name.split('|')
  return { bucket, solution, from: Number(from), to: Number(to), progress }
}
