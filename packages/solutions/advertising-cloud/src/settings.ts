import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'
import { identityNamespaces } from './identity-field.ts'
import type { IdentityNamespace } from './identity-field.ts'

/** Where segment-mapping files are dropped. */
export interface MappingDrop<SecretValue> {
  readonly endpoint?: string | undefined
  readonly region: string
  readonly bucket: string
  readonly directory: string
  readonly accessKeyId: string
  readonly secretAccessKey: SecretValue
  readonly forcePathStyle: boolean
}

/** Settings of the Advertising Cloud adapter, checked: what `advertisingCloudSettings` parses to. */
export interface AdvertisingCloudSettings {
  readonly firehoseUrl: string
  readonly region: string
  readonly deliveryStreamName: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sourceKey: string
  readonly mapping: MappingDrop<Secret>
  readonly identities: readonly IdentityNamespace[]
  readonly timeUnit: 'seconds' | 'milliseconds'
  readonly segmentWindowDays: number
  readonly refreshAfterDays: number
  readonly maxUsersPerRequest: number
  readonly maxConcurrentCalls: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly budgetWaitMs: number
}

/** What a person or a file gives: everything with a default may be left out. */
export interface AdvertisingCloudSettingsInput {
  readonly firehoseUrl?: string | undefined
  readonly region?: string | undefined
  readonly deliveryStreamName: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sourceKey: string
  readonly mapping: Omit<MappingDrop<string>, 'region' | 'forcePathStyle'> & {
    readonly region?: string | undefined
    readonly forcePathStyle?: boolean | undefined
  }
  readonly identities?: readonly IdentityNamespace[] | undefined
  readonly timeUnit?: 'seconds' | 'milliseconds' | undefined
  readonly segmentWindowDays?: number | undefined
  readonly refreshAfterDays?: number | undefined
  readonly maxUsersPerRequest?: number | undefined
  readonly maxConcurrentCalls?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly answerTimeoutMs?: number | undefined
  readonly budgetWaitMs?: number | undefined
}

/** A refresh comes at least this long before the window ends: for rows that wait, and for `line-time.ts`. */
const refreshMarginDays = 2

const webUrl = z.url({ protocol: /^https?$/ })
const region = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/)
  .default('us-east-1')

const mappingSettings = z
  .strictObject({
    endpoint: webUrl.optional().describe('S3 endpoint; left out: AWS’s own for the region'),
    region: region.describe('Region of the bucket'),
    bucket: z
      .string()
      .min(3)
      .max(63)
      .describe('Bucket from which segment-mapping files are taken (proposed)'),
    directory: z
      .string()
      .max(500)
      .regex(/^([^/\s]([^\s]*[^/\s])?)?$/)
      .describe('Folder in it, without slashes at its ends; empty: the top'),
    accessKeyId: z.string().min(1).describe('Access key that may put objects there'),
    secretAccessKey: secretSetting('Secret of that access key'),
    forcePathStyle: z
      .boolean()
      .default(false)
      .describe('Bucket in the path rather than in the host name: for S3-compatible servers'),
  })
  .describe('Where segment-mapping files are dropped (proposed: by a bucket)')

/**
 * The settings with their descriptions and defaults; forms, files and the environment all go through it. What they configure is a proposal
 * (`reference/solutions.md` §3.3): Advertising publishes no interface for memberships.
 */
export const advertisingCloudSettings: z.ZodType<
  AdvertisingCloudSettings,
  AdvertisingCloudSettingsInput
> = z
  .strictObject({
    firehoseUrl: webUrl
      .default('https://firehose.us-east-1.amazonaws.com')
      .describe('Firehose-compatible endpoint that takes the lines (proposed interface)'),
    region: region.describe('Region that calls to the stream are signed for'),
    deliveryStreamName: z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{1,64}$/)
      .describe('Delivery stream, as the account team named it (proposed interface)'),
    accessKeyId: z.string().min(1).describe('Access key that may put records into the stream'),
    secretAccessKey: secretSetting('Secret of that access key'),
    sourceKey: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .describe('Source Key that Advertising DSP shows for the RT-CDP source'),
    mapping: mappingSettings,
    identities: z
      .array(z.enum(identityNamespaces))
      .min(1)
      .refine((all) => new Set(all).size === all.length, { message: 'Name each identity once' })
      .default([...identityNamespaces])
      .describe('Identities that are sent; a legacy source takes email_lc_sha256 only'),
    timeUnit: z
      .enum(['seconds', 'milliseconds'])
      .default('seconds')
      .describe(
        'Unit of `ts` in the lines (proposed): seconds with three decimals, or whole milliseconds',
      ),
    segmentWindowDays: z
      .int()
      .min(refreshMarginDays + 1)
      .max(3_650)
      .default(30)
      .describe('Days after which DSP forgets a member that it does not hear of again'),
    refreshAfterDays: z
      .number()
      .min(1)
      .default(7)
      .describe(
        `Members are sent again after this many days; at least ${refreshMarginDays} fewer than segmentWindowDays`,
      ),
    maxUsersPerRequest: z
      .int()
      .min(1)
      .max(5_000)
      .default(500)
      .describe('Rows handed to the adapter at once; a call takes 500 lines, one an identity'),
    maxConcurrentCalls: z.int().min(1).max(32).default(4).describe('Calls at once'),
    connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
    answerTimeoutMs: z
      .int()
      .min(50)
      .max(600_000)
      .default(30_000)
      .describe('Time the stream and the bucket have to answer a call, in milliseconds'),
    budgetWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(10_000)
      .describe('How long a call waits for the rate limiter, in milliseconds'),
  })
  .refine(
    (settings) => settings.refreshAfterDays <= settings.segmentWindowDays - refreshMarginDays,
    {
      message: `refreshAfterDays must be at least ${refreshMarginDays} fewer than segmentWindowDays: members would lapse before they are sent again`,
      path: ['refreshAfterDays'],
    },
  )
