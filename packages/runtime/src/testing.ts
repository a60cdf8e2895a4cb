export { memoryPorts, type MemoryPortsOptions } from './testing/memory/memory-ports.ts'
export { memoryStore, type MemoryStore } from './testing/memory/memory-store.ts'
export { simulatedClock, type SimulatedClock } from './testing/memory/simulated-clock.ts'
export type { Ports } from './testing/ports.ts'
