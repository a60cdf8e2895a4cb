import type { Invariant } from '../check/verdict.ts'
import type { Mutation } from '../mutations/mutation.ts'
import { runSeed } from '../run-seed.ts'

/** How a mutation was found. */
export interface Found {
  readonly seed: number
  /** Seeds that it took. */
  readonly seeds: number
  readonly invariant: Invariant
}

/**
 * Runs seeds with the mutation until a checker that should find it does.
 * @returns undefined where none has
 */
export async function findMutation(
  mutation: Mutation,
  from: number,
  seeds: number,
): Promise<Found | undefined> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violations } = await runSeed({ seed, mutation })
    const found = violations.find(({ invariant }) => mutation.finds.includes(invariant))
    if (found !== undefined) return { seed, seeds: seed - from + 1, invariant: found.invariant }
  }
  return undefined
}
