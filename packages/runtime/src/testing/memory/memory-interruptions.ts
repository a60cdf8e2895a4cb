import type { Interruptions } from '../../ports/interruptions.ts'
import type { MemoryStore } from './memory-store.ts'

/** Told by `StoreMoment.restore`. */
export function memoryInterruptions({ interruptionWatchers }: MemoryStore): Interruptions {
  return {
    watch: (interrupted) => {
      const watcher = (): void => interrupted()
      interruptionWatchers.add(watcher)
      return () => {
        interruptionWatchers.delete(watcher)
      }
    },
  }
}
