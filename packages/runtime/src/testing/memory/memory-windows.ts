import { packr } from '../../codec/packr.ts'
import type { WindowPointer, Windows } from '../../ports/windows.ts'
import { entryOf, solutionOf, type MemoryStore } from './memory-store.ts'

/** Windows of pointers in memory. */
export function memoryWindows(store: MemoryStore): Windows {
  return {
    gather: async (name, dataflow, pointers) => {
      const solution = solutionOf(store, name)
      const open = entryOf(solution.openWindows, dataflow, () => {
        solution.windowsOpened += 1
        // The number tells apart windows that were opened in the same millisecond, and keeps ids sortable.
        const number = String(solution.windowsOpened).padStart(9, '0')
        return { id: `${store.clock.nowMs()}${number}`, rows: 0 }
      })
      for (const pointer of pointers) {
        open.rows += pointer.rows
        entryOf(solution.windows, `${dataflow}:${open.id}`, (): Buffer[] => []).push(
          Buffer.from(packr.pack(pointer)),
        )
      }
      return { id: open.id, rows: open.rows }
    },
    close: async (name, dataflow, id) => {
      const { openWindows } = solutionOf(store, name)
      if (openWindows.get(dataflow)?.id === id) openWindows.delete(dataflow)
    },
    first: async (name, dataflow, id, limit) =>
      (solutionOf(store, name).windows.get(`${dataflow}:${id}`) ?? [])
        .slice(0, limit)
        .map((packed) => {
          const pointer: WindowPointer = packr.unpack(packed)
          return pointer
        }),
    drop: async (name, dataflow, id, count) => {
      const { windows } = solutionOf(store, name)
      const left = (windows.get(`${dataflow}:${id}`) ?? []).slice(count)
      if (left.length === 0) windows.delete(`${dataflow}:${id}`)
      else windows.set(`${dataflow}:${id}`, left)
    },
  }
}
