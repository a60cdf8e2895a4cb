export {
  createActivation,
  type ActivationPorts,
  type SolutionRoute,
} from './activate/activation.ts'
export { activationJob, sweepPartition } from './activate/sweep.ts'
export { createBackfill, type BackfillOptions, type BackfillPorts } from './backfill/backfill.ts'
export { planBackfills } from './backfill/plan-backfills.ts'
export { createRetire, retireJob } from './retire/retire.ts'
export { createErasure, type ErasureOptions, type ErasurePorts } from './erase/erasure.ts'
export { erasureJob } from './erase/erasure-job.ts'
export { createDelivery } from './deliver/delivery.ts'
export { createUpkeep, type UpkeepRoute } from './deliver/upkeep.ts'
export { planSolution, resumeSolution } from './deliver/plan-solution.ts'
export type { DeliveryOptions, DeliveryPorts } from './deliver/delivery-session.ts'
export type { SolutionTrouble } from './deliver/solution-calls.ts'
export { bullmqQueue, type BullQueueOptions } from './queue/bullmq-queue.ts'
export type { Job, JobCounts, JobOutcome, JobQueue, JobWorker, NewJob } from './queue/job-queue.ts'
export type {
  ActivationJob,
  ErasureJob,
  BackfillJob,
  DeliveryJob,
  UpkeepJob,
} from './queue/jobs.ts'
export {
  activationQueueName,
  erasureQueueName,
  backfillQueueName,
  solutionQueueName,
  upkeepQueueName,
} from './queue/names.ts'
export { redisRateLimiter } from './rate-limiter.ts'
export {
  startWorker,
  type Worker,
  type WorkerEvents,
  type WorkerOptions,
  type WorkerRole,
} from './work/start-worker.ts'
