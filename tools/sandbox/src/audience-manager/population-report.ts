import type { Clock } from '../clock/clock.ts'
import type { OnMembership } from './memberships.ts'

/** The report of trait populations, which lags behind what is applied (reference §1.5, §1.8). */
export interface PopulationReport {
  readonly note: OnMembership
  /** Ids by data source, as they were `lagMs` ago. */
  readonly read: (sid: number) => ReadonlyMap<number, Iterable<string>>
}

/** Changes that wait for the report; beyond it the oldest are reported early. */
const pendingBound = 1_000_000

/** @param lagMs 0 for no lag: then `current` is the report */
export function createPopulationReport(
  lagMs: number,
  clock: Clock,
  current: (sid: number) => ReadonlyMap<number, Iterable<string>>,
): PopulationReport {
  const published = new Map<number, Map<number, Set<string>>>()
  const pending: { atMs: number; change: Parameters<OnMembership> }[] = []

  const publish = (...[sid, dataSourceId, id, held]: Parameters<OnMembership>): void => {
    let sources = published.get(sid)
    if (sources === undefined) published.set(sid, (sources = new Map()))
    let ids = sources.get(dataSourceId)
    if (ids === undefined) sources.set(dataSourceId, (ids = new Set()))
    if (held) ids.add(id)
    else ids.delete(id)
  }

  const catchUp = (): void => {
    const untilMs = clock.nowMs() - lagMs
    let ripe = 0
    for (const { atMs, change } of pending) {
      if (atMs > untilMs && pending.length - ripe <= pendingBound) break
      publish(...change)
      ripe += 1
    }
    pending.splice(0, ripe)
  }

  return {
    note: (...change) => {
      if (lagMs === 0) return
      pending.push({ atMs: clock.nowMs(), change })
      if (pending.length > pendingBound * 2) catchUp()
    },
    read: (sid) => {
      if (lagMs === 0) return current(sid)
      catchUp()
      return published.get(sid) ?? new Map()
    },
  }
}
