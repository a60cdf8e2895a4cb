import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'

/** Where `.sync` files go. */
export interface InboundBucket<SecretValue> {
  readonly endpoint?: string | undefined
  readonly region: string
  readonly bucket: string
  readonly directory: string
  readonly accessKeyId: string
  readonly secretAccessKey: SecretValue
}

/** Numbers of the data sources: the one that owns the traits (left out: found by name), and one for each kind of id. */
export interface DataSources {
  readonly traitOwner?: number | undefined
  readonly ecid: number
  readonly email: number
  readonly gaid: number
  readonly idfa: number
}

/** What Audience Manager's REST API calls its four data export controls. */
export interface ExportControlNames {
  readonly pii: string
  readonly offsiteAds: string
  readonly onsiteAds: string
  readonly onsitePersonalization: string
}

/** Settings of the Audience Manager adapter, checked: what `audienceManagerSettings` parses to. */
export interface AudienceManagerSettings {
  readonly dcsUrl: string
  readonly dcsHost: string
  readonly restUrl: string
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly orgId: string
  readonly s3: InboundBucket<Secret> & { readonly forcePathStyle: boolean }
  readonly dataSources: DataSources
  readonly traitDataSourceName: string
  readonly traitFolder: string
  readonly segmentFolder: string
  readonly exportControls: ExportControlNames
  readonly traitReadyAfterMins: number
  readonly receipts: 'json' | 'none'
  readonly processedAfterHours: number
  readonly processedWaitMs: number
  readonly processedPollMs: number
  readonly maxBatchAgeInSecs: number
  readonly maxNumEventsInBatch: number
  readonly maxFileBytes: number
  readonly maxConcurrentEvents: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly uploadTimeoutMs: number
  readonly budgetWaitMs: number
}

type Optional<Type, Keys extends keyof Type> = Omit<Type, Keys> & {
  readonly [Key in Keys]?: Type[Key] | undefined
}

/** What a person or a file gives: everything with a default may be left out. */
export type AudienceManagerSettingsInput = Optional<
  Omit<AudienceManagerSettings, 'clientSecret' | 's3' | 'dataSources' | 'exportControls'>,
  | 'dcsUrl'
  | 'restUrl'
  | 'imsUrl'
  | 'scopes'
  | 'traitDataSourceName'
  | 'traitFolder'
  | 'segmentFolder'
  | 'traitReadyAfterMins'
  | 'receipts'
  | 'processedAfterHours'
  | 'processedWaitMs'
  | 'processedPollMs'
  | 'maxBatchAgeInSecs'
  | 'maxNumEventsInBatch'
  | 'maxFileBytes'
  | 'maxConcurrentEvents'
  | 'connectTimeoutMs'
  | 'answerTimeoutMs'
  | 'uploadTimeoutMs'
  | 'budgetWaitMs'
> & {
  readonly clientSecret: string
  readonly s3: InboundBucket<string> & { readonly forcePathStyle?: boolean | undefined }
  readonly dataSources: Optional<DataSources, 'gaid' | 'idfa'>
  readonly exportControls?: Optional<ExportControlNames, keyof ExportControlNames> | undefined
}

const webUrl = z.url({ protocol: /^https?$/ })
const dataSource = z.int().positive()
/** Rows an adapter takes at once; with it no id can ever need more than 200 lines in a file (`sync-file.ts`). */
const mostRows = 500_000

const s3Settings = z
  .strictObject({
    endpoint: webUrl.optional().describe('S3 endpoint; left out: AWS’s own for the region'),
    region: z.string().min(1).describe('Region of Audience Manager’s bucket'),
    bucket: z.string().min(3).max(63).describe('Audience Manager’s inbound bucket'),
    directory: z
      .string()
      .regex(/^[^/\s][^\s]*[^/\s]$|^[^/\s]$/)
      .describe('Your directory in it, with the partner name, without slashes at its ends'),
    accessKeyId: z.string().min(1).describe('Access key that Adobe gave you for the bucket'),
    secretAccessKey: secretSetting('Secret of that access key'),
    forcePathStyle: z
      .boolean()
      .default(false)
      .describe('Bucket in the path rather than in the host name: for S3-compatible servers'),
  })
  .describe('Where files with memberships are uploaded')

const dataSourceSettings = z
  .strictObject({
    traitOwner: dataSource
      .optional()
      .describe('Data source that owns the traits; left out: found by traitDataSourceName'),
    ecid: dataSource.describe('Data source whose inbound id type is Experience Cloud ID'),
    email: dataSource.describe(
      'Cross-device data source labelled Emails (SHA256, lowercased), for hashed mail',
    ),
    gaid: dataSource.default(20914).describe('Adobe’s global data source of GAIDs'),
    idfa: dataSource.default(20915).describe('Adobe’s global data source of IDFAs'),
  })
  .describe('Numbers of data sources, each of which must be there before a file is uploaded')

const control = z.string().regex(/^\w{1,64}$/)
/** Adobe's documentation shows the first name only; the other three are ours [I]. */
const exportControlNames = z
  .strictObject({
    pii: control.default('PII').describe('Cannot be tied to personally identifiable information'),
    offsiteAds: control
      .default('OFF_SITE_ADS')
      .describe('Cannot be used for off-site ad targeting'),
    onsiteAds: control.default('ON_SITE_ADS').describe('Cannot be used for on-site ad targeting'),
    onsitePersonalization: control
      .default('ON_SITE_PERSONALIZATION')
      .describe('Cannot be used for on-site personalization'),
  })
  .prefault({})
  .describe('What the REST API calls the data export controls that labels become')

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const audienceManagerSettings: z.ZodType<
  AudienceManagerSettings,
  AudienceManagerSettingsInput
> = z.strictObject({
  dcsUrl: webUrl
    .default('https://use.demdex.net')
    .describe('Regional host of the data collection servers, the one nearest to your people'),
  dcsHost: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/)
    .describe('Your own host there, which names your company: acme.demdex.net'),
  restUrl: webUrl.default('https://aam.adobe.io').describe('Audience Manager’s REST API'),
  imsUrl: webUrl.default('https://ims-na1.adobelogin.com').describe('Adobe’s identity service'),
  clientId: z.string().min(1).describe('Client id of the OAuth server-to-server credential'),
  clientSecret: secretSetting('Client secret of the OAuth server-to-server credential'),
  scopes: z
    .string()
    .min(1)
    .default('openid,AdobeID,read_organizations,additional_info.projectedProductContext')
    .describe('Scopes of the credential, as the Developer Console shows them'),
  orgId: z
    .string()
    .regex(/^[0-9A-Za-z]+@AdobeOrg$/)
    .describe('Your organisation: …@AdobeOrg'),
  s3: s3Settings,
  dataSources: dataSourceSettings,
  traitDataSourceName: z
    .string()
    .min(1)
    .default('Experience Platform Segments')
    .describe(
      'Data source that owns traits and segments; never made here, nor used with its number',
    ),
  traitFolder: z
    .string()
    .min(1)
    .default('Experience Platform Traits')
    .describe('Folder for traits; made when it is not there'),
  segmentFolder: z
    .string()
    .min(1)
    .default('Experience Platform Segments')
    .describe('Folder for segments; made when it is not there'),
  exportControls: exportControlNames,
  traitReadyAfterMins: z
    .int()
    .min(0)
    .max(1_440)
    .default(240)
    .describe('How old a trait must be before a file may use it, in minutes; Adobe says 4 hours'),
  receipts: z
    .enum(['json', 'none'])
    .default('none')
    .describe('How a file is known to be processed: a JSON receipt in the bucket, or only by time'),
  processedAfterHours: z
    .number()
    .min(0)
    .max(240)
    .default(48)
    .describe('After this time a file counts as processed without a receipt, in hours'),
  processedWaitMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe('How long a delivery waits for receipts before it leaves a file open'),
  processedPollMs: z.int().min(10).max(60_000).default(1_000).describe('How often it looks'),
  maxBatchAgeInSecs: z
    .int()
    .min(1)
    .max(86_400)
    .default(3_600)
    .describe('Rows of this window go into one set of files, in seconds'),
  maxNumEventsInBatch: z
    .int()
    .min(1)
    .max(mostRows)
    .default(100_000)
    .describe('A set of files is written earlier when it has this many rows'),
  maxFileBytes: z
    .int()
    .min(1_000)
    .max(1_000_000_000)
    .default(268_435_456)
    .describe('Largest file before compression; further rows wait for the next one'),
  maxConcurrentEvents: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('Real-time calls at once, never two for one profile'),
  connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
  answerTimeoutMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(30_000)
    .describe('Time the servers have to answer a call, in milliseconds'),
  uploadTimeoutMs: z
    .int()
    .min(50)
    .max(3_600_000)
    .default(600_000)
    .describe('Time for uploading one file, in milliseconds'),
  budgetWaitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(10_000)
    .describe('How long a call waits for the rate limiter, in milliseconds'),
})
