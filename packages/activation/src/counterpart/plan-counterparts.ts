import { createHash } from 'node:crypto'
import type { Counterpart, Dataflow } from '@segue/runtime'
import type { NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob } from '../queue/jobs.ts'

/** What is to be done to a segment's counterpart so that it is as the dataflow says. */
export type CounterpartChange = 'make' | 'rename' | 'remove' | 'none'

/**
 * @param counterpart as it is kept; undefined where there never was one
 */
export function changeOf(
  dataflow: Dataflow,
  segment: string,
  solution: string,
  counterpart: Counterpart | undefined,
): CounterpartChange {
  const activation = dataflow.segments[segment]
  const isThere = counterpart?.remoteId !== undefined
  if (activation === undefined || !activation.solutions.includes(solution)) {
    return isThere ? 'remove' : 'none'
  }
  if (!isThere) return 'make'
  return counterpart.name === activation.name ? 'none' : 'rename'
}

/**
 * The jobs that bring a dataflow's counterparts in a solution up to date; none where they are. A dataflow that is disabled
 * keeps its counterparts, and gets no new ones.
 */
export function counterpartJobs(
  dataflow: Dataflow,
  solution: string,
  counterparts: ReadonlyMap<string, Counterpart>,
): NewJob<DeliveryJob>[] {
  if (!dataflow.enabled || !dataflow.solutions.includes(solution)) return []
  const segments = new Set([...Object.keys(dataflow.segments), ...counterparts.keys()])
  return [...segments].flatMap((segment) => {
    const change = changeOf(dataflow, segment, solution, counterparts.get(segment))
    if (change === 'none') return []
    const name = dataflow.segments[segment]?.name ?? ''
    return {
      id: `segment-${dataflow.id}-${shortHash(`${segment}\n${change}\n${name}`)}`,
      name: `${change} ${segment}`,
      payload: { kind: 'segment', dataflow: dataflow.id, segment, attempt: 0 },
      delayMs: 0,
    }
  })
}

/** Segments' ids may hold what a job's id may not. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
