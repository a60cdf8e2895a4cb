import type { Dataflow } from '../ports/dataflows.ts'

/** Where the changes of one dataflow's segments go, by dictionary index. */
export interface Route {
  readonly dataflow: string
  readonly activationDelayMs: number
  readonly solutions: readonly string[]
  /** Solution bits of a segment: 0 where it is not activated. */
  readonly solutionsOf: (segment: number) => number
}

/**
 * @param dataflows all dataflows of the sandbox; disabled ones have no route
 * @param dictionary the partition's segments; may grow afterwards
 */
export function createRoutes(
  dataflows: readonly Dataflow[],
  dictionary: readonly string[],
): readonly Route[] {
  return dataflows
    .filter((dataflow) => dataflow.enabled)
    .map((dataflow) => {
      const known: number[] = []
      return {
        dataflow: dataflow.id,
        activationDelayMs: dataflow.activationDelayMs,
        solutions: dataflow.solutions,
        solutionsOf: (segment) => {
          // The dictionary is append-only, so an answer never changes while the dataflow stays as it is.
          known[segment] ??= bitsOf(dataflow, dictionary[segment])
          return known[segment]
        },
      }
    })
}

function bitsOf(dataflow: Dataflow, segment: string | undefined): number {
  if (segment === undefined || !Object.hasOwn(dataflow.segments, segment)) return 0
  let bits = 0
  for (const solution of dataflow.segments[segment]?.solutions ?? []) {
    const bit = dataflow.solutions.indexOf(solution)
    if (bit >= 0) bits |= 1 << bit
  }
  return bits
}

/** Solutions of a row's bits. */
export function solutionsOfBits(bits: number, solutions: readonly string[]): string[] {
  return solutions.filter((_, bit) => (bits & (1 << bit)) !== 0)
}
