export { testLoop } from './testing/contract/loop.ts'
export { testPorts } from './testing/contract/ports.ts'
export {
  oneRun,
  subjectPartitions,
  type CreateSubject,
  type Subject,
} from './testing/contract/subject.ts'
export { momentOf, type StoreMoment } from './testing/memory/memory-moment.ts'
export { memoryPorts, type MemoryPortsOptions } from './testing/memory/memory-ports.ts'
export { memoryStore, type MemoryStore } from './testing/memory/memory-store.ts'
export { memorySubject } from './testing/memory/memory-subject.ts'
export { simulatedClock, type SimulatedClock } from './testing/memory/simulated-clock.ts'
