import type { Bucket, Clock, Outbox } from '@segue/runtime'
import type { ActivationJob } from '../queue/jobs.ts'
import type { JobQueue, NewJob } from '../queue/job-queue.ts'
import { bucketJobId } from '../queue/names.ts'

/** A bucket is overdue when it should have been settled this long ago. */
const overdueMs = 30_000
/** Buckets looked after in one sweep of a partition; the others come with the next. */
const bucketsPerSweep = 200

/** The activation job of a bucket. */
export function activationJob(
  partition: number,
  bucket: Bucket,
  nowMs: number,
): NewJob<ActivationJob> {
  return {
    id: bucketJobId(partition, bucket),
    name: `bucket of ${bucket.dataflow}`,
    payload: { partition, bucket },
    delayMs: Math.max(0, bucket.dueMs - nowMs),
    ...(bucket.backfill === undefined ? {} : { background: true }),
  }
}

/**
 * Brings back what lost its job: whoever committed a bucket may have died before adding its job, a job may have been given
 * up. Jobs that are there already stay as they are.
 *
 * @param all true: every bucket that is not settled (an owner has just taken the partition); false: overdue ones
 */
export async function sweepPartition(
  partition: number,
  ports: { readonly outbox: Outbox; readonly clock: Clock },
  queue: JobQueue<ActivationJob>,
  all: boolean,
): Promise<number> {
  const nowMs = ports.clock.nowMs()
  const buckets = await ports.outbox.buckets(partition)
  const wanted = buckets
    .map(({ bucket }) => bucket)
    .filter((bucket) => all || bucket.dueMs + overdueMs < nowMs)
    .toSorted((one, other) => one.dueMs - other.dueMs)
    .slice(0, bucketsPerSweep)
  await queue.ensure(wanted.map((bucket) => activationJob(partition, bucket, nowMs)))
  return wanted.length
}
