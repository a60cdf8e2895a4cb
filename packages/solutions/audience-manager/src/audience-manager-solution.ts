import { httpClient, httpLimits, imsToken, silent, tokenCache } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { inboundBucket } from './bucket.ts'
import { segmentCatalogue } from './catalogue.ts'
import { fileDelivery } from './deliver.ts'
import { dcsExpress } from './express.ts'
import { fileContents } from './file-contents.ts'
import { foldersOf } from './folders.ts'
import { labelsOfTraits } from './label-in-catalogue.ts'
import { fileWriter } from './file-writer.ts'
import { fileFollow } from './follow.ts'
import { knownDataSources } from './known-data-sources.ts'
import { namespaces } from './identity-form.ts'
import { openFiles } from './open-files.ts'
import { readiness } from './readiness.ts'
import { removeFromCatalogue } from './remove-from-catalogue.ts'
import { renameInCatalogue } from './rename-in-catalogue.ts'
import { restClient } from './rest-client.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { surveyReader } from './survey.ts'
import { traitReadiness } from './trait-readiness.ts'

/**
 * Makes the adapter for Audience Manager: inbound files add and remove, real-time calls add sooner, the REST API keeps traits and segments
 * (`reference/solutions.md` §1).
 */
export function audienceManagerSolution(options: {
  readonly settings: AudienceManagerSettings
  readonly rateLimiter: RateLimiter
  readonly log?: SolutionLog
  readonly nowMs?: () => number
}): Solution {
  const { settings, rateLimiter, log = silent, nowMs = Date.now } = options
  const { clientId, clientSecret, connectTimeoutMs, answerTimeoutMs, uploadTimeoutMs } = settings
  const http = httpClient({
    rateLimiter,
    limits: {
      budgetWaitMs: settings.budgetWaitMs,
      connectTimeoutMs,
      headersTimeoutMs: answerTimeoutMs,
      bodyTimeoutMs: answerTimeoutMs,
      totalTimeoutMs: connectTimeoutMs + answerTimeoutMs,
      maxConnections: settings.maxConcurrentEvents,
    },
  })
  const s3Http = httpClient({
    rateLimiter,
    limits: {
      connectTimeoutMs,
      headersTimeoutMs: uploadTimeoutMs,
      bodyTimeoutMs: answerTimeoutMs,
      totalTimeoutMs: connectTimeoutMs + uploadTimeoutMs,
      // Files are read back for what they say.
      maxResponseBytes: Math.max(settings.maxFileBytes, httpLimits.maxResponseBytes),
      maxConnections: 4,
    },
  })
  const fetch = imsToken({
    http,
    url: settings.imsUrl,
    clientId,
    clientSecret,
    scopes: settings.scopes,
    nowMs,
  })
  const tokens = tokenCache({ fetch, nowMs })
  const call = restClient({ http, url: settings.restUrl, clientId, tokens, nowMs })
  const bucket = inboundBucket({ settings: settings.s3, http: s3Http, nowMs })
  const readyAfterMs = settings.traitReadyAfterMins * 60_000
  const sources = knownDataSources({ call, settings, nowMs })
  const { traitOwner, existingTraitOwner } = sources
  const folders = foldersOf(call)
  const labels = labelsOfTraits({ call, findOwner: existingTraitOwner, folders, settings, log })
  const traits = traitReadiness({ call, readyAfterMs, nowMs })
  const open = openFiles({ bucket, traitOwner, settings, nowMs, log })
  const contents = fileContents(bucket)
  const survey = surveyReader({ open, contents, settings, nowMs })
  const writer = fileWriter({ bucket, open, contents, traitOwner, settings, nowMs, log })
  const follow = fileFollow({ bucket, sources, survey, writer, settings, nowMs, log })

  return {
    name: 'audience-manager',
    namespaces,
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: settings.maxBatchAgeInSecs,
      maxNumEventsInBatch: settings.maxNumEventsInBatch,
    },
    takes: 'changes',
    readiness,
    poolBy: 'none',
    // What a file says depends on the files that are there, so they are written one after the other.
    maxConcurrentCalls: 1,
    ensureSegment: segmentCatalogue(call, existingTraitOwner, folders, settings),
    renameSegment: (segment, remoteId, displayName) =>
      renameInCatalogue(call, existingTraitOwner, folders, segment, remoteId, displayName),
    labelSegment: labels.set,
    removeSegment: (segment, remoteId) =>
      removeFromCatalogue(call, traitOwner, labels, segment, remoteId),
    deliver: fileDelivery({ survey, writer, readiness: traits, sources, follow, settings, nowMs }),
    express: dcsExpress({ http, open, contents, settings, nowMs, log }),
    follow,
    close: async () => {
      bucket.close()
      await Promise.all([http.close(), s3Http.close()])
    },
  }
}
