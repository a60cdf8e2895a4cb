import { httpClient, imsToken, silent, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Receipt, Solution, SolutionLog } from '@segue/solution-kit'
import { apiClient } from './api-client.ts'
import { ensureList, removeList, renameList } from './counterpart.ts'
import { deliverRows } from './deliver.ts'
import type { ExampleListsSettings } from './settings.ts'

/** Makes the adapter for Example Lists: a segment is a list, a member is a person in it, known by the hash of the e-mail. */
export function exampleListsSolution(options: {
  readonly settings: ExampleListsSettings
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
  const { url, imsUrl, clientId, clientSecret, scopes, listNamePrefix } = settings
  const fetch = imsToken({ http, url: imsUrl, clientId, clientSecret, scopes, nowMs })
  const tokens = tokenCache({ fetch, nowMs })
  const call = apiClient({ http, url, clientId, tokens, nowMs })

  return {
    name: 'example-lists',
    namespaces: ['email_lc_sha256'],
    aggregation: {
      aggregationType: 'BEST_EFFORT',
      maxUsersPerRequest: settings.maxUsersPerRequest,
    },
    takes: 'changes',
    readiness: [{ what: 'name and members of the list', withinMs: 1_000 }],
    poolBy: 'segment-status',
    maxConcurrentCalls: settings.maxConcurrentCalls,
    ensureSegment: (segment, displayName) => ensureList(call, listNamePrefix, segment, displayName),
    renameSegment: (segment, remoteId, displayName) =>
      renameList(call, listNamePrefix, segment, remoteId, displayName),
    removeSegment: (_segment, remoteId) => removeList(call, remoteId),
    deliver: async (rows) => {
      const receipts = await deliverRows(call, rows)
      report(receipts, log)
      return receipts
    },
    close: () => http.close(),
  }
}

/** One event for each trouble of a delivery, with how many rows it met. */
function report(receipts: readonly Receipt[], log: SolutionLog): void {
  const troubles = receipts.filter(({ status }) => status === 'retry' || status === 'misconfigured')
  for (const [code, rows] of Map.groupBy(troubles, codeOfReceipt)) {
    log({ level: 'warn', event: 'delivery_trouble', fields: { code, rows: rows.length } })
  }
}

function codeOfReceipt(receipt: Receipt): string {
  return receipt.status === 'delivered' ? '' : receipt.code
}
