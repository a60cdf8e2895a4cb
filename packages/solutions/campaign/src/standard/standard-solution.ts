import { httpClient, imsToken, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { campaignReadiness } from '../readiness.ts'
import { reportTrouble } from '../report.ts'
import type { StandardSettings } from '../settings.ts'
import { deliverRows } from './deliver.ts'
import { profileLookup } from './profile-lookup.ts'
import { servicesOf } from './services.ts'
import { standardClient } from './standard-client.ts'
import { subscriptionsOf } from './subscriptions.ts'

/** Makes the adapter for Campaign Standard: a segment is a service, a member subscribes to it (`reference/solutions.md` §4.1, option A). */
export function standardSolution(options: {
  readonly settings: StandardSettings
  readonly rateLimiter: RateLimiter
  readonly log: SolutionLog
  readonly nowMs: () => number
}): Solution {
  const { settings, rateLimiter, log, nowMs } = options
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
  const { clientId, clientSecret, scopes } = settings
  const fetch = imsToken({ http, url: settings.imsUrl, clientId, clientSecret, scopes, nowMs })
  const tokens = tokenCache({ fetch, nowMs })
  const call = standardClient({ http, url: settings.url, clientId, tokens, nowMs })
  const services = servicesOf({
    call,
    namePrefix: settings.namePrefix,
    cacheMs: settings.serviceCacheSecs * 1000,
    nowMs,
  })
  const createMissing = settings.createPolicy === 'createMissing'
  const lookup = profileLookup({
    call,
    keys: settings.keys,
    cacheSize: settings.profileCacheSize,
    cacheMs: settings.profileCacheSecs * 1000,
    // Who is about to be created is asked for first: a custom field need not be unique.
    unknownCacheMs: createMissing ? 0 : settings.unknownProfileCacheSecs * 1000,
    nowMs,
  })
  const parts = {
    lookup,
    services,
    subscriptions: subscriptionsOf(call),
    createMissing,
    concurrentCalls: settings.maxConcurrentCalls,
  }

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
    ensureSegment: (segment, displayName) => services.ensure(segment, displayName),
    renameSegment: (segment, remoteId, displayName) =>
      services.rename(segment, remoteId, displayName),
    removeSegment: (segment, remoteId) => services.remove(segment, remoteId),
    deliver: async (rows) => {
      const receipts = await deliverRows(rows, parts)
      reportTrouble(receipts, log)
      return receipts
    },
    close: () => http.close(),
  }
}
