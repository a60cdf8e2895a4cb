import type { LiveWorker } from '@segue/runtime'
import { timeOf } from './time-of.ts'

/** A worker with the role `stream` that lives, as `GET /v1/status` shows it. */
export interface WorkerView {
  readonly name: string
  readonly host: string | null
  readonly startedAt: string | null
  /** How far the clock of its machine is ahead of Redis’, in milliseconds. */
  readonly skewMs: number | null
  /** Partitions that it owns. */
  readonly partitions: number
  /** `leaving`: it gives its partitions up, and is given none. */
  readonly state: 'live' | 'leaving'
}

/** @param owners by partition */
export function viewWorkers(
  workers: readonly LiveWorker[],
  owners: readonly (string | undefined)[],
): readonly WorkerView[] {
  return workers.map(({ name, state, host, startedMs, skewMs }) => ({
    name,
    host: host ?? null,
    startedAt: startedMs === undefined ? null : timeOf(startedMs),
    skewMs: skewMs === undefined ? null : Math.round(skewMs),
    partitions: owners.filter((owner) => owner === name).length,
    state,
  }))
}
