import { httpClient, imsToken, silent, tokenCache } from '@segue/solution-kit'
import type {
  Aggregation,
  HttpClient,
  RateLimiter,
  Readiness,
  Solution,
  SolutionLog,
} from '@segue/solution-kit'
import { adminClient } from './admin-client.ts'
import type { CallAdmin } from './admin-client.ts'
import { audiences } from './audiences.ts'
import { bulkUpdates } from './bulk-updates.ts'
import { deliverRows } from './deliver.ts'
import { ecidUpdates } from './ecid-updates.ts'
import { batchFollower } from './follow.ts'
import { profileClient } from './profile-client.ts'
import type { Ways } from './profile-state.ts'
import { fixedProfileToken, generatedProfileToken, noProfileToken } from './profile-token.ts'
import type { ProfileToken } from './profile-token.ts'
import { report } from './report.ts'
import type { TargetSettings } from './settings.ts'

const minuteMs = 60_000

/** Target's own times (`reference/solutions.md` §5.2); that names are there at once is [I]. */
const readiness: readonly Readiness[] = [
  { what: 'names of audiences', withinMs: minuteMs },
  { what: 'attributes of profiles, usually', withinMs: 60 * minuteMs },
  { what: 'attributes of profiles, at the latest', withinMs: 24 * 60 * minuteMs },
]

/** Makes the adapter for Target: profile attributes and the audiences that test them (`reference/solutions.md` §5). */
export function targetSolution(options: {
  readonly settings: TargetSettings
  readonly rateLimiter: RateLimiter
  readonly log?: SolutionLog
  readonly nowMs?: () => number
}): Solution {
  const { settings, rateLimiter, log = silent, nowMs = Date.now } = options
  const { clientCode } = settings
  const http = httpClient({
    rateLimiter,
    limits: {
      budgetWaitMs: settings.budgetWaitMs,
      connectTimeoutMs: settings.connectTimeoutMs,
      headersTimeoutMs: settings.answerTimeoutMs,
      bodyTimeoutMs: settings.answerTimeoutMs,
      totalTimeoutMs: settings.connectTimeoutMs + settings.answerTimeoutMs,
      // One more for the batch that goes beside them; edge and Admin API have connections of their own.
      maxConnections: settings.maxConcurrentEcidCalls + 1,
    },
  })
  const edgeUrl = new URL(settings.edgeUrl ?? `https://${clientCode}.tt.omtrdc.net`)
  const callAdmin = admin(http, settings, nowMs)
  const token = profileToken(settings, callAdmin, nowMs)
  const callProfiles = profileClient({ http, url: edgeUrl, clientCode, token, nowMs })
  const counterparts = audiences(callAdmin, {
    workspace: settings.workspace,
    namePrefix: settings.audienceNamePrefix,
  })
  const ways: Ways = {
    bulk: settings.bulkUpdates ? settings.mbox3rdPartyIdNamespace : undefined,
    delivery: settings.ecidUpdates ? 'ECID' : undefined,
  }
  const limits = { maxRows: settings.maxFileRows, maxBytes: settings.maxFileBytes }
  const senders = {
    bulk: bulkUpdates({ call: callProfiles, limits, nowMs }),
    ecids: ecidUpdates({
      http,
      url: edgeUrl,
      clientCode,
      mbox: settings.mbox,
      maxConcurrentCalls: settings.maxConcurrentEcidCalls,
      nowMs,
    }),
  }
  const refresh =
    settings.refreshAfterDays === 0
      ? {}
      : { refreshAfterMs: Math.ceil(settings.refreshAfterDays * 24 * 60 * minuteMs) }

  return {
    name: 'target',
    namespaces: [...new Set(Object.values(ways))].filter((namespace) => namespace !== undefined),
    aggregation: aggregation(settings),
    takes: 'full-state',
    readiness,
    ...refresh,
    poolBy: 'none',
    // The calls at once are bounded within a delivery, and Target promises no order of batches.
    maxConcurrentCalls: 1,
    ensureSegment: counterparts.ensure,
    renameSegment: counterparts.rename,
    removeSegment: counterparts.remove,
    deliver: async (rows) => {
      const receipts = await deliverRows(rows, ways, senders)
      report(receipts, log)
      return receipts
    },
    follow: batchFollower(callProfiles, settings.batchPollSecs * 1_000),
    close: () => http.close(),
  }
}

/**
 * A short window where batches are sent: a batch is applied within an hour whatever its size, each one has to be asked about, and Target throttles them.
 * Without batches nothing is gained by waiting.
 */
function aggregation(settings: TargetSettings): Aggregation {
  const { bulkUpdates: bulk, maxBatchAgeInSecs, maxNumEventsInBatch } = settings
  return bulk
    ? { aggregationType: 'CONFIGURABLE_AGGREGATION', maxBatchAgeInSecs, maxNumEventsInBatch }
    : { aggregationType: 'BEST_EFFORT', maxUsersPerRequest: maxNumEventsInBatch }
}

function admin(http: HttpClient, settings: TargetSettings, nowMs: () => number): CallAdmin {
  const { clientId, clientSecret, scopes, imsUrl } = settings
  const fetch = imsToken({ http, url: imsUrl, clientId, clientSecret, scopes, nowMs })
  const tokens = tokenCache({ fetch, nowMs })
  const { adminUrl: url, tenant } = settings
  return adminClient({ http, url, tenant, clientId, tokens, nowMs })
}

function profileToken(
  settings: TargetSettings,
  callAdmin: CallAdmin,
  nowMs: () => number,
): ProfileToken {
  const { profileAuthentication, profileToken: fixed } = settings
  if (profileAuthentication === 'generated') return generatedProfileToken(callAdmin, nowMs)
  return fixed === undefined ? noProfileToken : fixedProfileToken(fixed)
}
