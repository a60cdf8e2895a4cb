import { generationsLimit, type Counterpart, type Counterparts } from '../../ports/counterparts.ts'
import { solutionOf, type MemoryStore } from './memory-store.ts'

const nothing: Counterpart = { remoteId: undefined, name: '', generation: 0 }

/** Segments' counterparts, in memory. */
export function memoryCounterparts(store: MemoryStore): Counterparts {
  const read = (solution: string, dataflow: string, segment: string): Counterpart | undefined => {
    const json = solutionOf(store, solution).counterparts.get(`${dataflow}|${segment}`)
    return json === undefined ? undefined : parse(json)
  }
  const write = (
    solution: string,
    dataflow: string,
    segment: string,
    counterpart: Counterpart,
  ): void => {
    const { counterparts } = solutionOf(store, solution)
    counterparts.set(`${dataflow}|${segment}`, JSON.stringify(counterpart))
  }
  return {
    get: async (solution, dataflow, segment) => read(solution, dataflow, segment),
    all: async (solution, dataflow) => {
      const prefix = `${dataflow}|`
      return new Map(
        Array.from(solutionOf(store, solution).counterparts)
          .filter(([field]) => field.startsWith(prefix))
          .map(([field, json]) => [field.slice(prefix.length), parse(json)]),
      )
    },
    ready: async (solution, dataflow, segment, said) => {
      const before = read(solution, dataflow, segment) ?? nothing
      const same = before.remoteId === said.remoteId
      const { trouble: _, labels: keptLabels, objects: keptObjects, ...kept } = before
      const labels = said.labels ?? (same ? keptLabels : undefined)
      const objects = said.objects ?? (same ? keptObjects : undefined)
      const counterpart: Counterpart = {
        remoteId: said.remoteId,
        name: said.name ?? kept.name,
        generation: same ? kept.generation : (kept.generation % generationsLimit) + 1,
        ...(labels?.length ? { labels } : {}),
        ...(objects?.length ? { objects } : {}),
        ...(same && before.removing === true ? { removing: true } : {}),
      }
      write(solution, dataflow, segment, counterpart)
      return counterpart
    },
    removal: async (solution, dataflow, segment, remoteId, state) => {
      const before = read(solution, dataflow, segment)
      if (before?.remoteId !== remoteId) return
      const { removing: _, ...kept } = before
      write(solution, dataflow, segment, state === 'begun' ? { ...kept, removing: true } : kept)
    },
    gone: async (solution, dataflow, segment, goneId) => {
      const before = read(solution, dataflow, segment)
      if (before?.remoteId !== goneId) return
      const { name, generation } = before
      write(solution, dataflow, segment, { remoteId: undefined, name, generation })
    },
    forget: async (solution, dataflow) => {
      const { counterparts } = solutionOf(store, solution)
      for (const field of counterparts.keys()) {
        if (field.startsWith(`${dataflow}|`)) counterparts.delete(field)
      }
    },
    failed: async (solution, dataflow, segment, trouble) => {
      const before = read(solution, dataflow, segment)
      write(solution, dataflow, segment, { ...nothing, ...before, trouble })
    },
  }
}

function parse(json: string): Counterpart {
  const counterpart: Counterpart = { remoteId: undefined, ...JSON.parse(json) }
  return counterpart
}
