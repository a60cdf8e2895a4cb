import { setTimeout as pause } from 'node:timers/promises'
import { httpClient, imsToken, silent, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Readiness, Solution, SolutionLog } from '@segue/solution-kit'
import { adobeClient } from './adobe-client.ts'
import { callWindow } from './call-window.ts'
import { collectClient } from './collect-client.ts'
import { hitDelivery } from './deliver.ts'
import { fileFollow } from './follow.ts'
import { groupMemory } from './group-memory.ts'
import { hitWriter } from './hit-file.ts'
import { importJobs } from './import-jobs.ts'
import { nameImports } from './name-imports.ts'
import { segmentNames } from './segment-names.ts'
import { groupSender } from './send-group.ts'
import type { AnalyticsSettings } from './settings.ts'
import { namespacesOf } from './visitor.ts'

/**
 * Makes the adapter for Analytics: memberships as hits by Bulk Data Insertion, names of segments by classification import
 * (`reference/solutions.md` §2).
 * @param options.rateLimiter the budget of Bulk Data Insertion, 1 call a second; names have one of their own
 */
export function analyticsSolution(options: {
  readonly settings: AnalyticsSettings
  readonly rateLimiter: RateLimiter
  readonly log?: SolutionLog
  readonly nowMs?: () => number
}): Solution {
  const { settings, rateLimiter, log = silent, nowMs = Date.now } = options
  const { clientId, clientSecret, connectTimeoutMs, answerTimeoutMs, uploadTimeoutMs } = settings
  const closing = new AbortController()
  const limits = {
    budgetWaitMs: settings.budgetWaitMs,
    connectTimeoutMs,
    headersTimeoutMs: answerTimeoutMs,
    bodyTimeoutMs: answerTimeoutMs,
  }
  const apiBudget = callWindow({ calls: settings.apiCallsPer6Secs, windowMs: 6_000, nowMs })
  const apiHttp = httpClient({
    rateLimiter: apiBudget,
    limits: { ...limits, totalTimeoutMs: connectTimeoutMs + answerTimeoutMs },
  })
  const collectHttp = httpClient({
    rateLimiter,
    limits: {
      ...limits,
      totalTimeoutMs: uploadTimeoutMs,
      maxConnections: settings.maxConcurrentUploads + 1,
    },
  })
  const fetch = imsToken({
    http: apiHttp,
    url: settings.imsUrl,
    clientId,
    clientSecret,
    scopes: settings.scopes,
    nowMs,
  })
  const shared = { clientId, tokens: tokenCache({ fetch, nowMs }), nowMs }
  const callEvents = adobeClient({
    ...shared,
    api: 'events',
    http: collectHttp,
    url: settings.collectUrl,
  })
  const callNames = adobeClient({ ...shared, api: 'names', http: apiHttp, url: settings.apiUrl })

  const collect = collectClient(callEvents)
  const memory = groupMemory(nowMs)
  const writer = hitWriter(settings)
  const send = groupSender({
    collect,
    memory,
    header: writer.header,
    settings,
    nowMs,
    sleep: (ms) => untilClosed(ms, closing.signal),
    log,
  })
  const { datasetId } = settings
  const jobs = importJobs({ call: callNames, companyId: settings.companyId, log })
  const importName =
    datasetId === undefined
      ? undefined
      : nameImports({ call: callNames, jobs, settings, datasetId })

  return {
    name: 'analytics',
    namespaces: namespacesOf(settings),
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: settings.maxBatchAgeInSecs,
      maxNumEventsInBatch: settings.maxNumEventsInBatch,
    },
    takes: 'changes',
    readiness,
    poolBy: 'none',
    // Two deliveries at once could each have a file of one visitor group under way.
    maxConcurrentCalls: 1,
    ...segmentNames(importName, settings),
    deliver: hitDelivery({ send, writer, settings }),
    follow: fileFollow({ collect, memory, settings, nowMs }),
    close: async () => {
      closing.abort()
      await Promise.all([collectHttp.close(), apiHttp.close()])
    },
  }
}

const minuteMs = 60_000

/** `reference/solutions.md` §2.2; for names no time is documented, a day is our caution. */
const readiness: readonly Readiness[] = [
  { what: 'hits in reports (20 to 50 minutes)', withinMs: 50 * minuteMs },
  { what: 'hits older than 24 hours in reports (2 hours or longer)', withinMs: 120 * minuteMs },
  { what: 'names of segments in reports', withinMs: 24 * 60 * minuteMs },
]

/** Waits, but no longer than until the adapter is closed: what is sent after that answers so by itself. */
async function untilClosed(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal })
  } catch {
    // Closed meanwhile.
  }
}
