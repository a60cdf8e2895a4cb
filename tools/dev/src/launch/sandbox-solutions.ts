import type { SandboxReady } from './sandbox.ts'

/** Rows of one large delivery, and how often one is made. */
const window = { maxBatchAgeInSecs: 2, maxNumEventsInBatch: 100_000 }
/** A call that hangs is given up so soon: on the loopback nothing takes longer. */
const answerTimeoutMs = 5_000
/** No call waits for a budget: waiting for a real quota would teach nobody anything. */
const wideLimit = { calls: 1_000_000, windowMs: 1_000 }

/** A solution as the processor's solutions file has it. */
export interface SolutionInFile {
  readonly rateLimit?: { readonly calls: number; readonly windowMs: number }
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * The processor's solutions file for the sandbox, with looser limits than the real solutions have. Secrets stand in the
 * environment, as they should with real ones.
 */
export function solutionsForSandbox(ready: SandboxReady): {
  readonly file: Readonly<Record<string, SolutionInFile>>
  readonly secrets: Readonly<Record<string, string>>
} {
  const {
    marketo,
    audienceManager: aam,
    analytics,
    advertisingCloud: dsp,
    campaign,
    target,
  } = ready
  const { standard } = campaign
  const { email_lc_sha256: emailKey } = standard.keys
  return {
    file: {
      'audience-manager': {
        settings: {
          dcsUrl: aam.dcsUrl,
          dcsHost: aam.dcsHost,
          restUrl: aam.restUrl,
          imsUrl: aam.imsUrl,
          clientId: aam.clientId,
          clientSecret: 'env:SANDBOX_IMS_SECRET',
          answerTimeoutMs,
          uploadTimeoutMs: answerTimeoutMs,
          orgId: aam.orgId,
          s3: { ...aam.s3, secretAccessKey: 'env:SANDBOX_S3_SECRET', forcePathStyle: true },
          dataSources: aam.dataSources,
          receipts: 'json',
          traitReadyAfterMins: 0,
          processedWaitMs: 30_000,
          processedPollMs: 50,
          ...window,
        },
      },
      analytics: {
        rateLimit: wideLimit,
        settings: {
          collectUrl: analytics.collectUrl,
          apiUrl: analytics.apiUrl,
          imsUrl: analytics.imsUrl,
          clientId: analytics.clientId,
          clientSecret: 'env:SANDBOX_ANALYTICS_SECRET',
          answerTimeoutMs,
          uploadTimeoutMs: answerTimeoutMs,
          companyId: analytics.companyId,
          reportSuiteId: analytics.reportSuiteId,
          datasetId: analytics.datasetId,
          minSecsBetweenFiles: 0,
          visibleAfterMins: 0,
          lateVisibleAfterMins: 0,
          apiCallsPer6Secs: 1_000,
          ...window,
        },
      },
      'advertising-cloud': {
        settings: {
          firehoseUrl: dsp.firehoseUrl,
          region: dsp.region,
          deliveryStreamName: dsp.deliveryStreamName,
          accessKeyId: dsp.accessKeyId,
          secretAccessKey: 'env:SANDBOX_FIREHOSE_SECRET',
          sourceKey: dsp.sourceKey,
          answerTimeoutMs,
          mapping: {
            ...dsp.mapping,
            secretAccessKey: 'env:SANDBOX_MAPPING_SECRET',
            forcePathStyle: true,
          },
        },
      },
      campaign: {
        rateLimit: wideLimit,
        settings: {
          edition: 'standard',
          url: standard.url,
          imsUrl: standard.imsUrl,
          clientId: standard.clientId,
          clientSecret: 'env:SANDBOX_CAMPAIGN_SECRET',
          answerTimeoutMs,
          keys: { email_lc_sha256: emailKey },
          maxConcurrentCalls: 16,
          maxUsersPerRequest: 1_000,
        },
      },
      target: {
        settings: {
          edgeUrl: target.edgeUrl,
          clientCode: target.clientCode,
          adminUrl: target.adminUrl,
          tenant: target.tenant,
          imsUrl: target.imsUrl,
          clientId: target.clientId,
          clientSecret: 'env:SANDBOX_TARGET_SECRET',
          answerTimeoutMs,
          workspace: target.workspace,
          profileAuthentication: target.profileAuthentication ? 'generated' : 'none',
          batchPollSecs: 1,
          maxBatchAgeInSecs: 1,
        },
      },
      marketo: {
        rateLimit: wideLimit,
        settings: {
          url: marketo.url,
          identityUrl: marketo.identityUrl,
          clientId: marketo.clientId,
          clientSecret: 'env:SANDBOX_MARKETO_SECRET',
          answerTimeoutMs,
          listFolderId: marketo.folderId,
        },
      },
    },
    secrets: {
      SANDBOX_IMS_SECRET: aam.clientSecret,
      SANDBOX_S3_SECRET: aam.s3.secretAccessKey,
      SANDBOX_ANALYTICS_SECRET: analytics.clientSecret,
      SANDBOX_FIREHOSE_SECRET: dsp.secretAccessKey,
      SANDBOX_MAPPING_SECRET: dsp.mapping.secretAccessKey,
      SANDBOX_CAMPAIGN_SECRET: standard.clientSecret,
      SANDBOX_TARGET_SECRET: target.clientSecret,
      SANDBOX_MARKETO_SECRET: marketo.clientSecret,
    },
  }
}
