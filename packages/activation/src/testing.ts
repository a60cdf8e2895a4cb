export { memoryJobs, type KeptJob, type MemoryJobs, type QueueTime } from './testing/memory-jobs.ts'
export { memoryQueue } from './testing/memory-queue.ts'
