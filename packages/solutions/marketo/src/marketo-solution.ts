import { httpClient, silent, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Receipt, Solution, SolutionLog } from '@segue/solution-kit'
import { budgetedCalls } from './call-budget.ts'
import { deliverRows } from './deliver.ts'
import { endpoints } from './endpoints.ts'
import { leadLookup } from './lead-lookup.ts'
import type { LeadField } from './lead-lookup.ts'
import { listCalls } from './list-calls.ts'
import { marketoClient } from './marketo-client.ts'
import { marketoToken } from './marketo-token.ts'
import { membershipCheck } from './membership-check.ts'
import { removeStaticList } from './remove-static-list.ts'
import { renameStaticList } from './rename-static-list.ts'
import type { MarketoSettings } from './settings.ts'
import { staticListMaker } from './static-list.ts'

/** Makes the adapter for one Marketo instance: members of static lists, found by custom fields (`reference/solutions.md` §6). */
export function marketoSolution(options: {
  readonly settings: MarketoSettings
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
  const at = endpoints(settings.url, settings.identityUrl)
  const { clientId, clientSecret } = settings
  const fetch = marketoToken({ http, url: at.token, clientId, clientSecret, nowMs })
  const tokens = tokenCache({ fetch, nowMs })
  const call = budgetedCalls({
    call: marketoClient({ http, restUrl: at.rest, tokens, nowMs }),
    callsPerDay: settings.callsPerDay,
    share: settings.dailyCallShare,
    checkMs: settings.usageCheckSecs * 1000,
    log,
    nowMs,
  })
  const fields = leadFields(settings)
  const lookup = leadLookup({
    call,
    fields,
    cacheSize: settings.leadCacheSize,
    cacheMs: settings.leadCacheSecs * 1000,
    unknownCacheMs: settings.unknownLeadCacheSecs * 1000,
    nowMs,
  })
  const check = membershipCheck({ call, verify: settings.verify, nowMs })
  const change = listCalls({ call, check, nowMs })
  const place = {
    folderId: settings.listFolderId,
    folderType: settings.listFolderType,
    namePrefix: settings.listNamePrefix,
  }

  return {
    name: 'marketo',
    namespaces: [...fields.keys()],
    aggregation: {
      aggregationType: 'BEST_EFFORT',
      maxUsersPerRequest: settings.maxUsersPerRequest,
    },
    takes: 'changes',
    // Marketo promises no times; a list is changed when the call is answered (`reference/solutions.md` §7).
    readiness: [{ what: 'name and members of the static list', withinMs: 10_000 }],
    poolBy: 'segment-status',
    maxConcurrentCalls: settings.maxConcurrentCalls,
    ensureSegment: staticListMaker(call, place, nowMs),
    renameSegment: (segment, remoteId, displayName) =>
      renameStaticList(call, place.namePrefix, segment, remoteId, displayName),
    removeSegment: (segment, remoteId) => removeStaticList(call, segment, remoteId),
    deliver: async (rows) => {
      const receipts = await deliverRows(rows, lookup, change)
      report(receipts, log)
      return receipts
    },
    close: () => http.close(),
  }
}

function leadFields(settings: MarketoSettings): ReadonlyMap<string, LeadField> {
  const all: readonly (readonly [string, LeadField])[] = [
    ['email_lc_sha256', { field: settings.emailSha256Field, setting: 'emailSha256Field' }],
    ['ECID', { field: settings.ecidField, setting: 'ecidField' }],
  ]
  return new Map(all.filter(([, { field }]) => field !== ''))
}

/** One event for each trouble of a delivery, with how many rows it met. */
function report(receipts: readonly Receipt[], log: SolutionLog): void {
  const counts = new Map<string, number>()
  for (const receipt of receipts) {
    const quiet = receipt.status === 'delivered' || receipt.status === 'rejected'
    if (!quiet) counts.set(receipt.code, (counts.get(receipt.code) ?? 0) + 1)
  }
  for (const [code, rows] of counts) {
    log({ level: 'warn', event: 'delivery_trouble', fields: { code, rows } })
  }
}
