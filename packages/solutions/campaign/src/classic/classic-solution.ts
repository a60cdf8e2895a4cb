import { httpClient, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { campaignReadiness } from '../readiness.ts'
import { reportTrouble } from '../report.ts'
import type { ClassicSettings } from '../settings.ts'
import { deliverRows } from './deliver.ts'
import { groupsOf } from './groups.ts'
import { findRecipients } from './recipient-lookup.ts'
import { relationsOf } from './relations.ts'
import { logon } from './session.ts'
import { soapClient } from './soap-client.ts'

/** Makes the adapter for Campaign Classic v7: a segment is a group, a member is a recipient in it (`reference/solutions.md` §4.2). */
export function classicSolution(options: {
  readonly settings: ClassicSettings
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
  const { url, login, password, sessionSecs, keys } = settings
  const sessions = tokenCache({
    fetch: logon({ http, url, login, password, sessionSecs, nowMs }),
    nowMs,
  })
  const call = soapClient({ http, url, sessions, nowMs })
  const groups = groupsOf({
    call,
    namePrefix: settings.namePrefix,
    folder: settings.groupFolder,
  })
  const relations = relationsOf({
    call,
    recipientsPerWrite: settings.recipientsPerWrite,
    recipientFolder: settings.recipientFolder,
  })
  const parts = {
    findRecipients: (identities: Iterable<string>) => findRecipients(call, keys, identities),
    groups,
    relations,
    keys,
    createMissing: settings.createPolicy === 'createMissing',
  }

  return {
    name: 'campaign',
    namespaces: Object.keys(keys),
    aggregation: {
      aggregationType: 'BEST_EFFORT',
      maxUsersPerRequest: settings.maxUsersPerRequest,
    },
    takes: 'changes',
    readiness: campaignReadiness,
    poolBy: 'segment-status',
    maxConcurrentCalls: settings.maxConcurrentCalls,
    ensureSegment: (segment, displayName) => groups.ensure(segment, displayName),
    renameSegment: (segment, remoteId, displayName) =>
      groups.rename(segment, remoteId, displayName),
    removeSegment: (segment, remoteId) => groups.remove(segment, remoteId),
    deliver: async (rows) => {
      const receipts = await deliverRows(rows, parts)
      reportTrouble(receipts, log)
      return receipts
    },
    close: () => http.close(),
  }
}
