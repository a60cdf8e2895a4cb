import type { RunRange, Runs } from '@segue/runtime'
import { runOf, type Run } from './run.ts'

/** The runs of one sandbox, as its partitions count them. */
export interface RunSource {
  readonly runs: Runs
  readonly partitionCount: number
}

/** Hours of which there are runs of the flow, newest first. */
export async function runHours(
  { runs, partitionCount }: RunSource,
  flowId: string,
  range: RunRange,
): Promise<readonly number[]> {
  const found = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => runs.hours(partition, flowId, range)),
  )
  return [...new Set(found.flat())].toSorted((one, other) => other - one).slice(0, range.limit)
}

/** Runs of the flow in the order of the hours; undefined where there is none, or none any more. */
export async function readRuns(
  { runs, partitionCount }: RunSource,
  flowId: string,
  hours: readonly number[],
): Promise<readonly (Run | undefined)[]> {
  const parts = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => runs.parts(partition, flowId, hours)),
  )
  return hours.map((hour, index) =>
    runOf(
      flowId,
      hour,
      parts.map((own) => own[index]),
    ),
  )
}
