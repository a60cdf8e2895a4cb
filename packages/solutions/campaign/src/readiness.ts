import type { Readiness } from '@segue/solution-kit'

/** Both editions answer when a change is made (`reference/solutions.md` §7 no. 8: immediate). */
export const campaignReadiness: readonly Readiness[] = [
  { what: 'members and names of services or groups', withinMs: 5_000 },
]
