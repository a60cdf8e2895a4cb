import type { Bucket } from '@segue/runtime'

/** The queue of activation jobs. */
export const activationQueueName = 'activation'

/** The queue of erasures under way. */
export const erasureQueueName = 'erasure'

/** The queue of what comes back from time to time: nothing in it is work under way. */
export const upkeepQueueName = 'upkeep'

/** The queue of backfills. */
export const backfillQueueName = 'backfill'

/** The queue of one solution's deliveries. */
export function solutionQueueName(solution: string): string {
  return `solution-${solution}`
}

/** `p07-eca-1795444111000-12`: a bucket's job. No colons: BullMQ would read them. */
export function bucketJobId(partition: number, bucket: Bucket): string {
  const partitionName = `p${String(partition).padStart(2, '0')}`
  return `${partitionName}-${bucket.dataflow}-${bucket.dueMs}-${bucket.generation}`
}
