import type { Dataflow } from '@segue/runtime'
import { Problem } from './problem.ts'

/** Dataflows of a sandbox. Each costs every changed membership a look. */
export const dataflowsMax = 100

/**
 * Checks what a schema cannot say of a dataflow.
 *
 * @param present the dataflow of this id as it is now
 * @param known solutions that are set up
 * @throws Problem DATAFLOW_INVALID; SOLUTIONS_APPEND_ONLY, since rows in the outbox name solutions by their place
 */
export function checkDataflow(
  wanted: Dataflow,
  present: Dataflow | undefined,
  known: readonly string[],
): void {
  const unknown = wanted.solutions.find((solution) => !known.includes(solution))
  if (unknown !== undefined) {
    throw invalid('a solution of the dataflow is not set up', { solution: unknown })
  }
  for (const [segment, { solutions }] of Object.entries(wanted.segments)) {
    if (!segmentPattern.test(segment)) {
      throw invalid('a segment is not named `namespace:id`', { segment })
    }
    const missing = solutions.find((solution) => !wanted.solutions.includes(solution))
    if (missing !== undefined) {
      throw invalid('a segment is activated for a solution that the dataflow does not list', {
        segment,
        solution: missing,
      })
    }
  }
  const kept = present?.solutions.every((solution, index) => wanted.solutions[index] === solution)
  if (kept === false) {
    throw new Problem(
      'SOLUTIONS_APPEND_ONLY',
      'the change would remove or reorder solutions of the dataflow',
      { fields: { solutions: present?.solutions } },
    )
  }
}

/** What the model lets name a segment. */
const segmentPattern = /^[^:\p{Cc}\p{Cs}]{1,256}:[^\p{Cc}\p{Cs}]{1,256}$/u

function invalid(detail: string, fields: Readonly<Record<string, string>>): Problem {
  return new Problem('DATAFLOW_INVALID', detail, { fields })
}
