import type { Bucket, PlannedRange, Range } from '@segue/runtime'

export const keys: readonly string[] = ['p', 'q', 'r']
export const dataflows: readonly string[] = ['f', 'g']
export const outcomes: readonly string[] = ['activated', 'coalesced', 'excluded:X', 'failed:Y']
export const solution = 's'
export const pick = <One>(all: readonly One[], number: number): One | undefined =>
  all[number % all.length]

/** What the names of one partition stand for in one store. */
export interface Place {
  /** Nonces, as they were given. */
  readonly nonces: string[]
  /** Ids of entries, as they were read. */
  ids: string[]
  commits: number
  readonly buckets: Bucket[]
  readonly ranges: Range[]
}

/** A plan's order among the ranges of one chunk is nobody's business. */
export function sorted(ranges: readonly PlannedRange[]): readonly PlannedRange[] {
  return ranges.toSorted((one, other) => one.from - other.from)
}
