import { silent } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { classicSolution } from './classic/classic-solution.ts'
import type { CampaignSettings } from './settings.ts'
import { standardSolution } from './standard/standard-solution.ts'

/**
 * Makes the adapter for one Campaign instance: members of services in Campaign Standard, of groups in Campaign Classic
 * (`reference/solutions.md` §4).
 */
export function campaignSolution(options: {
  readonly settings: CampaignSettings
  readonly rateLimiter: RateLimiter
  readonly log?: SolutionLog
  readonly nowMs?: () => number
}): Solution {
  const { settings, rateLimiter, log = silent, nowMs = Date.now } = options
  return settings.edition === 'standard'
    ? standardSolution({ settings, rateLimiter, log, nowMs })
    : classicSolution({ settings, rateLimiter, log, nowMs })
}
