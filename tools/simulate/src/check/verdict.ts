/** The invariants of design §6, and what belongs to them; each checker names the one that it holds. */
export const invariants = [
  'accepted',
  'together',
  'owner',
  'convergence',
  'order',
  'one-send',
  'net-zero',
  'books',
  'leftovers',
  'progress',
  'hand-over',
] as const

export type Invariant = (typeof invariants)[number]

export interface Violation {
  readonly invariant: Invariant
  readonly what: string
}

/** What checkers have found. */
export interface Verdict {
  readonly fail: (invariant: Invariant, what: string) => void
  readonly violations: readonly Violation[]
}

/** Violations kept: one leads to many. */
const violationsMax = 5

export function createVerdict(tell: (what: string) => void): Verdict {
  const violations: Violation[] = []
  return {
    violations,
    fail: (invariant, what) => {
      if (violations.length >= violationsMax) return
      violations.push({ invariant, what })
      tell(`VIOLATION of ${invariant}: ${what}`)
    },
  }
}
