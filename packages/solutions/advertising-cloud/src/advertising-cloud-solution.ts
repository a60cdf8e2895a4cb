import { httpClient, silent } from '@segue/solution-kit'
import type { RateLimiter, Receipt, Solution, SolutionLog } from '@segue/solution-kit'
import { deliverRows } from './deliver.ts'
import { deliveryStream } from './firehose.ts'
import { mappingDrop } from './mapping-drop.ts'
import type { AdvertisingCloudSettings } from './settings.ts'
import { takenLines } from './taken-lines.ts'

const hourMs = 3_600_000

/**
 * Makes the adapter for Advertising DSP: `join` and `leave` lines into a delivery stream, segments as rows of mapping files. Advertising publishes no interface for
 * memberships: all of it is the proposal of `reference/solutions.md` §3.3.
 */
export function advertisingCloudSolution(options: {
  readonly settings: AdvertisingCloudSettings
  readonly rateLimiter: RateLimiter
  readonly log?: SolutionLog
  readonly nowMs?: () => number
}): Solution {
  const { settings, rateLimiter, log = silent, nowMs = Date.now } = options
  const { connectTimeoutMs, answerTimeoutMs, segmentWindowDays } = settings
  const http = httpClient({
    rateLimiter,
    limits: {
      budgetWaitMs: settings.budgetWaitMs,
      connectTimeoutMs,
      headersTimeoutMs: answerTimeoutMs,
      bodyTimeoutMs: answerTimeoutMs,
      totalTimeoutMs: connectTimeoutMs + answerTimeoutMs,
      maxConnections: settings.maxConcurrentCalls,
    },
  })
  const stream = deliveryStream({ settings, http, nowMs })
  const drop = mappingDrop({ settings, http, nowMs })
  const taken = takenLines()

  return {
    name: 'advertising-cloud',
    namespaces: settings.identities,
    aggregation: {
      aggregationType: 'BEST_EFFORT',
      maxUsersPerRequest: settings.maxUsersPerRequest,
    },
    takes: 'changes',
    readiness: [
      { what: 'segments in Advertising DSP', withinMs: 24 * hourMs },
      { what: 'counts of their members', withinMs: 33 * hourMs },
    ],
    refreshAfterMs: settings.refreshAfterDays * 24 * hourMs,
    poolBy: 'none',
    maxConcurrentCalls: settings.maxConcurrentCalls,
    ensureSegment: drop.write,
    renameSegment: drop.rename,
    // Nothing at the other end can be asked to remove a segment (§3.3): who is not sent again lapses.
    removeSegment: () =>
      Promise.resolve({
        status: 'removed',
        remains: `the segment stays in Advertising DSP; members that are not sent again leave it within ${segmentWindowDays} days`,
      }),
    deliver: async (rows) => {
      const receipts = await deliverRows(rows, stream, taken, settings, nowMs())
      report(receipts, log)
      return receipts
    },
    close: () => {
      stream.close()
      drop.close()
      return http.close()
    },
  }
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
