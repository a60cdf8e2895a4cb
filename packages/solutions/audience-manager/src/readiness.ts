import type { Readiness } from '@segue/solution-kit'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** What Adobe says of Experience Cloud Audiences in Audience Manager (`reference/solutions.md` §0.1, §7). */
export const readiness: readonly Readiness[] = [
  { what: 'names of traits and segments', withinMs: 15 * minuteMs },
  { what: 'first use of a new segment', withinMs: 4 * hourMs },
  { what: 'fully available', withinMs: 24 * hourMs },
  { what: 'in reports', withinMs: 48 * hourMs },
]
