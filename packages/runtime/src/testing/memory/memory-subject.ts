import type { RunPeriods } from '../../ports/runs.ts'
import { oneRun, subjectPartitions, type Subject } from '../contract/subject.ts'
import { momentOf } from './memory-moment.ts'
import { memoryPorts } from './memory-ports.ts'
import { memoryStore } from './memory-store.ts'
import { simulatedClock } from './simulated-clock.ts'

/** A subject in memory, on simulated time. */
export function memorySubject(periods: RunPeriods = oneRun): Subject {
  const clock = simulatedClock(Date.UTC(2026, 10, 23, 10))
  const shared = memoryStore(subjectPartitions, clock, periods)
  return {
    ports: (workerName = 'a') =>
      memoryPorts({ partitionCount: subjectPartitions, clock, workerName, shared }),
    pass: clock.advance,
    remember: async () => {
      const moment = momentOf(shared)
      return async () => moment.restore()
    },
    silence: async (workerName) => {
      shared.workers.delete(workerName)
    },
  }
}
