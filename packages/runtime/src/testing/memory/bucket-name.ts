import type { PlannedRange, Range } from '../../ports/outbox.ts'
import type { Bucket } from '../../ports/partition-store.ts'

/** `dataflow|due`: the bucket that commits write to. */
export function openName({ dataflow, dueMs }: Pick<Bucket, 'dataflow' | 'dueMs'>): string {
  return `${dataflow}|${dueMs}`
}

/** `dataflow|due|generation`: one bucket for good. */
export function bucketName(bucket: Bucket): string {
  return `${openName(bucket)}|${bucket.generation}`
}

export function bucketOf(name: string): Bucket {
  const [dataflow = '', dueMs, generation] = name.split('|')
  return { dataflow, dueMs: Number(dueMs), generation: Number(generation) }
}

/** `solution|from|to`: a range of a bucket's plan. */
export function rangeName({ solution, from, to }: Range): string {
  return `${solution}|${from}|${to}`
}

export function rangeOf(bucket: Bucket, name: string, progress: string): PlannedRange {
  const [solution = '', from, to] = name.split('|')
  return { bucket: { ...bucket }, solution, from: Number(from), to: Number(to), progress }
}
