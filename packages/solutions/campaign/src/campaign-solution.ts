import { httpClient, silent } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { classicEdition } from './classic/classic-edition.ts'
import { campaignReadiness } from './readiness.ts'
import { reportTrouble } from './report.ts'
import type { CampaignSettings } from './settings.ts'
import { standardEdition } from './standard/standard-edition.ts'

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
  const http = httpClient({
    rateLimiter,
    limits: {
      budgetWaitMs: settings.budgetWaitMs,
      connectTimeoutMs: settings.connectTimeoutMs,
      headersTimeoutMs: settings.answerTimeoutMs,
      bodyTimeoutMs: settings.answerTimeoutMs,
      totalTimeoutMs: settings.connectTimeoutMs + settings.answerTimeoutMs,
      maxConnections: settings.maxConcurrentCalls,
    },
  })
  const { counterparts, deliver } =
    settings.edition === 'standard'
      ? standardEdition({ settings, http, nowMs })
      : classicEdition({ settings, http, nowMs })

  return {
    name: 'campaign',
    namespaces: Object.keys(settings.keys),
    aggregation: {
      aggregationType: 'BEST_EFFORT',
      maxUsersPerRequest: settings.maxUsersPerRequest,
    },
    takes: 'changes',
    readiness: campaignReadiness,
    poolBy: 'segment-status',
    maxConcurrentCalls: settings.maxConcurrentCalls,
    ensureSegment: (segment, displayName) => counterparts.ensure(segment, displayName),
    renameSegment: (segment, remoteId, displayName) =>
      counterparts.rename(segment, remoteId, displayName),
    removeSegment: (segment, remoteId) => counterparts.remove(segment, remoteId),
    deliver: async (rows) => {
      const receipts = await deliver(rows)
      reportTrouble(receipts, log)
      return receipts
    },
    close: () => http.close(),
  }
}
