import type { Members } from '@segue/dev'

/** What a solution holds, beside what it should hold. */
export interface Difference {
  readonly solution: string
  readonly segment: string
  /** The oracle has them, the solution does not. */
  readonly lost: number
  /** The solution has them, the oracle does not. */
  readonly stale: number
  /** Some of these, `namespace:id`: for looking into it. */
  readonly some: readonly string[]
}

const someMax = 3

/** As the oracle says it: members by segment, by solution. */
export type Expected = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/**
 * Compares what every solution holds with what it should.
 *
 * @param held segments as `namespace:id`
 * @returns one for each solution and segment that differ
 */
export function differencesOf(
  expected: Expected,
  held: ReadonlyMap<string, Members>,
): readonly Difference[] {
  return Object.entries(expected).flatMap(([solution, bySegment]) => {
    const should = new Map(
      Object.entries(bySegment).map(([segment, ids]) => [
        segment.includes(':') ? segment : `ups:${segment}`,
        new Set(ids),
      ]),
    )
    const does = held.get(solution) ?? new Map<string, Iterable<string>>()
    return [...new Set([...should.keys(), ...does.keys()])].flatMap((segment) => {
      const wanted = should.get(segment) ?? new Set<string>()
      const present = new Set(does.get(segment))
      const lost = without(wanted, present)
      const stale = without(present, wanted)
      const some = [...lost, ...stale].slice(0, someMax)
      if (some.length === 0) return []
      return [{ solution, segment, lost: lost.length, stale: stale.length, some }]
    })
  })
}

function without(set: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] {
  return [...set].filter((one) => !other.has(one))
}
