export { memoryQueue, type QueueTime } from './testing/memory-queue.ts'
