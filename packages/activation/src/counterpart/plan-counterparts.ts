import { createHash } from 'node:crypto'
import type { Counterpart, Dataflow } from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import type { NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob } from '../queue/jobs.ts'

/** What is to be done to a segment's counterpart so that it is as the dataflow says. */
export type CounterpartChange = 'make' | 'rename' | 'label' | 'remove' | 'none'

/** What must be known of a solution: labels are told only where they are heard. */
export type Labelled = Pick<Solution, 'name' | 'labelSegment'>

/**
 * @param counterpart as it is kept; undefined where there never was one
 */
export function changeOf(
  dataflow: Dataflow,
  segment: string,
  solution: Labelled,
  counterpart: Counterpart | undefined,
): CounterpartChange {
  const activation = dataflow.segments[segment]
  const isThere = counterpart?.remoteId !== undefined
  // One that may be gone stands for nobody: it is removed to the end, and another is made, even where it is wanted again.
  if (isThere && counterpart.removing === true) return 'remove'
  if (activation === undefined || !activation.solutions.includes(solution.name)) {
    return isThere ? 'remove' : 'none'
  }
  if (!isThere) return 'make'
  if (counterpart.name !== activation.name) return 'rename'
  return isLabelled(dataflow, segment, solution, counterpart) ? 'none' : 'label'
}

/** Whether the counterpart was told the labels that the segment has now, or need not be. */
export function isLabelled(
  dataflow: Dataflow,
  segment: string,
  solution: Labelled,
  counterpart: Pick<Counterpart, 'labels'>,
): boolean {
  if (solution.labelSegment === undefined) return true
  const told = counterpart.labels ?? []
  const wanted = labelsOf(dataflow, segment)
  return told.length === wanted.length && wanted.every((label, index) => label === told[index])
}

/** The labels that travel with a segment, each once, sorted. */
export function labelsOf(dataflow: Dataflow, segment: string): readonly string[] {
  return [...new Set(dataflow.segments[segment]?.labels)].toSorted()
}

/**
 * The jobs that bring a dataflow's counterparts in a solution up to date; none where they are. A dataflow that is disabled
 * keeps the counterparts of its segments and gets no new ones; what it has no segment for any more is removed all the same.
 */
export function counterpartJobs(
  dataflow: Dataflow,
  solution: Labelled,
  counterparts: ReadonlyMap<string, Counterpart>,
): NewJob<DeliveryJob>[] {
  if (!dataflow.solutions.includes(solution.name)) return []
  const segments = new Set([...Object.keys(dataflow.segments), ...counterparts.keys()])
  return [...segments].flatMap((segment) => {
    const change = changeOf(dataflow, segment, solution, counterparts.get(segment))
    if (change === 'none' || (!dataflow.enabled && change !== 'remove')) return []
    const name = dataflow.segments[segment]?.name ?? ''
    const labels = labelsOf(dataflow, segment).join(' ')
    return {
      id: `segment-${dataflow.id}-${shortHash(`${segment}\n${change}\n${name}\n${labels}`)}`,
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
