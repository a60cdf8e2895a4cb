/** Who has which trait: the population of every trait by data source and id. */
export interface Memberships {
  /** Sets a trait. One that is held already only starts its time to live again (reference §1.2). */
  readonly set: (sid: number, dataSourceId: number, id: string, nowMs: number) => void
  /** False where it was not held. */
  readonly unset: (sid: number, dataSourceId: number, id: string) => boolean
  /** Forgets a trait that was deleted. */
  readonly dropTrait: (sid: number) => void
  /** Ids by data source; those whose time to live is over are left out. */
  readonly population: (
    sid: number,
    ttlDays: number,
    nowMs: number,
  ) => ReadonlyMap<number, readonly string[]>
  readonly snapshot: () => MembershipsState
  readonly restore: (state: MembershipsState) => void
}

/** By trait and data source: ids, and when each was set last. */
export type MembershipsState = readonly (readonly [
  sid: number,
  dataSourceId: number,
  ids: readonly string[],
  setAtMs: readonly number[],
])[]

/** Told of every change, for the population report that lags behind. */
export type OnMembership = (sid: number, dataSourceId: number, id: string, held: boolean) => void

const dayMs = 86_400_000

export function createMemberships(onChange: OnMembership): Memberships {
  const traits = new Map<number, Map<number, Map<string, number>>>()

  const idsOf = (sid: number, dataSourceId: number): Map<string, number> => {
    let sources = traits.get(sid)
    if (sources === undefined) traits.set(sid, (sources = new Map()))
    let ids = sources.get(dataSourceId)
    if (ids === undefined) sources.set(dataSourceId, (ids = new Map()))
    return ids
  }

  return {
    set: (sid, dataSourceId, id, nowMs) => {
      idsOf(sid, dataSourceId).set(id, nowMs)
      onChange(sid, dataSourceId, id, true)
    },
    unset: (sid, dataSourceId, id) => {
      const held = traits.get(sid)?.get(dataSourceId)?.delete(id) ?? false
      if (held) onChange(sid, dataSourceId, id, false)
      return held
    },
    dropTrait: (sid) => {
      traits.delete(sid)
    },
    population: (sid, ttlDays, nowMs) => {
      const population = new Map<number, readonly string[]>()
      for (const [dataSourceId, ids] of traits.get(sid) ?? []) {
        const living: string[] = []
        for (const [id, setAtMs] of ids) {
          if (ttlDays === 0 || setAtMs + ttlDays * dayMs > nowMs) living.push(id)
        }
        if (living.length > 0) population.set(dataSourceId, living)
      }
      return population
    },
    snapshot: () =>
      [...traits].flatMap(([sid, sources]) =>
        [...sources].map(
          ([dataSourceId, ids]) => [sid, dataSourceId, [...ids.keys()], [...ids.values()]] as const,
        ),
      ),
    restore: (state) => {
      for (const [sid, dataSourceId, ids, setAtMs] of state) {
        const held = idsOf(sid, dataSourceId)
        for (const [index, id] of ids.entries()) {
          held.set(id, setAtMs[index] ?? 0)
          onChange(sid, dataSourceId, id, true)
        }
      }
    },
  }
}
