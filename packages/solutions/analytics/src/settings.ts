import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'

/** Settings of the Analytics adapter, checked: what `analyticsSettings` parses to. */
export interface AnalyticsSettings {
  readonly collectUrl: string
  readonly apiUrl: string
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly companyId: string
  readonly reportSuiteId: string
  readonly datasetId?: string | undefined
  readonly nameColumn: string
  readonly nameWithId: boolean
  readonly segmentVariable: string
  readonly transitionVariable: string
  readonly enteredEvent: string
  readonly exitedEvent: string
  readonly linkName: string
  readonly userAgent: string
  readonly visitorIdNamespaces: readonly string[]
  readonly seedNamespace: string
  readonly seedCustomerIdType: string
  readonly visitorGroups: number
  readonly visitorGroupPrefix?: string | undefined
  readonly maxConcurrentUploads: number
  readonly minSecsBetweenFiles: number
  readonly maxRowsPerFile: number
  readonly maxFileBytes: number
  readonly maxGzipBytes: number
  readonly validateAtAnalytics: 'first' | 'every' | 'never'
  readonly visibleAfterMins: number
  readonly lateVisibleAfterMins: number
  readonly maxBatchAgeInSecs: number
  readonly maxNumEventsInBatch: number
  readonly apiCallsPer6Secs: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly uploadTimeoutMs: number
  readonly budgetWaitMs: number
}

type Required =
  | 'clientId'
  | 'companyId'
  | 'reportSuiteId'
  | 'datasetId'
  | 'visitorGroupPrefix'
  | 'clientSecret'

/** What a person or a file gives: everything with a default may be left out. */
export type AnalyticsSettingsInput = {
  readonly [Name in Exclude<keyof AnalyticsSettings, Required>]?:
    | AnalyticsSettings[Name]
    | undefined
} & Pick<
  AnalyticsSettings,
  'clientId' | 'companyId' | 'reportSuiteId' | 'datasetId' | 'visitorGroupPrefix'
> & { readonly clientSecret: string }

const webUrl = z.url({ protocol: /^https?$/ })
// What may stand in a header, a path and a CSV field alike.
const plainId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
const eVar = 'eVar([1-9]|[1-9]\\d|1\\d\\d|2[0-4]\\d|250)'
const prop = 'prop([1-9]|[1-6]\\d|7[0-5])'
const event = z.string().regex(/^event([1-9]\d{0,2}|1000)$/)
const printable = z.string().regex(/^[\u0020-\u007e]{1,100}$/)
const namespace = z.string().regex(/^[^:\s]{1,100}$/)

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const analyticsSettings: z.ZodType<AnalyticsSettings, AnalyticsSettingsInput> = z
  .strictObject({
    collectUrl: webUrl
      .default('https://analytics-collection.adobe.io')
      .describe(
        'Origin of Bulk Data Insertion; https://analytics-collection-us.adobe.io and -eu for one region only',
      ),
    apiUrl: webUrl
      .default('https://analytics.adobe.io')
      .describe('Origin of the Analytics 2.0 APIs, for names of segments'),
    imsUrl: webUrl.default('https://ims-na1.adobelogin.com').describe('Origin of Adobe IMS'),
    clientId: z
      .string()
      .min(1)
      .describe('Client id of the OAuth server-to-server credential; also sent as x-api-key'),
    clientSecret: secretSetting('Client secret of the OAuth server-to-server credential'),
    scopes: z
      .string()
      .min(1)
      .default('openid,AdobeID,additional_info.projectedProductContext')
      .describe('Scopes of the credential, joined by commas'),
    companyId: plainId.describe(
      'Global company id of Analytics: in the address of the 2.0 APIs, and before the names of visitor groups',
    ),
    reportSuiteId: plainId.describe(
      'Report suite that gets the hits; it must be timestamp-enabled or timestamp-optional',
    ),
    datasetId: plainId
      .optional()
      .describe(
        'Classification dataset of `segmentVariable`, made in Analytics’ UI, for names of segments; left out: segments go by their id only',
      ),
    nameColumn: z
      .string()
      .min(1)
      .max(255)
      .default('Segment Name')
      .describe('Column of that dataset that holds the segment’s name'),
    nameWithId: z
      .boolean()
      .default(true)
      .describe(
        'Put the segment’s id after its name. Off: two segments of one name become one line in reports by name',
      ),
    segmentVariable: z
      .string()
      .regex(new RegExp(`^(${eVar}|${prop}|list[1-3])$`))
      .default('eVar10')
      .describe('Variable that gets the segment’s id (proposed, not documented by Adobe)'),
    transitionVariable: z
      .string()
      .regex(new RegExp(`^(${eVar}|${prop})$`))
      .default('eVar11')
      .describe('Variable that gets `realized` or `exited` (proposed, not documented by Adobe)'),
    enteredEvent: event
      .default('event10')
      .describe('Event of a hit `realized` (proposed, not documented by Adobe)'),
    exitedEvent: event
      .default('event11')
      .describe('Event of a hit `exited` (proposed, not documented by Adobe)'),
    linkName: printable
      .default('AEP segment sync')
      .describe('Name of the custom link that each hit is (proposed, not documented by Adobe)'),
    userAgent: printable
      .default('aep-segment-sync/1.0')
      .describe('User agent of the hits; leave it out of bot rules'),
    visitorIdNamespaces: z
      .array(namespace)
      .max(10)
      .default([])
      .describe(
        'Namespaces sent as `visitorID`, beside ECID; Analytics counts each of their ids as a visitor of its own',
      ),
    seedNamespace: z
      .union([namespace, z.literal('')])
      .default('')
      .describe('Namespace sent as seeded customer id, provisioned by Adobe; empty: none'),
    seedCustomerIdType: z
      .string()
      .regex(/^[A-Za-z0-9_]{0,100}$/)
      .default('')
      .describe('Its customer id type (integration code), in its exact case; one a company'),
    visitorGroups: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe(
        'Files in parallel, by a hash of the visitor; at most peak hits a second / 1000. Change it only when no file is being processed',
      ),
    visitorGroupPrefix: plainId
      .optional()
      .describe('Start of the visitor groups’ names; left out: `companyId` with _segments'),
    maxConcurrentUploads: z
      .int()
      .min(1)
      .max(10)
      .default(2)
      .describe('Visitor groups that upload at once; the files of one group never do'),
    minSecsBetweenFiles: z
      .int()
      .min(0)
      .max(3_600)
      .default(20)
      .describe('Seconds between two files of a visitor group; Adobe advises 20'),
    maxRowsPerFile: z
      .int()
      .min(1)
      .max(50_000)
      .default(50_000)
      .describe('Rows of a file; typical are 5,000 to 50,000'),
    maxFileBytes: z
      .int()
      .min(1_000)
      .max(1_000_000_000)
      .default(100_000_000)
      .describe('Bytes of a file before compression; Analytics takes 1 GB'),
    maxGzipBytes: z
      .int()
      .min(500)
      .max(100_000_000)
      .default(100_000_000)
      .describe('Bytes of a compressed file; Analytics takes 100 MB'),
    validateAtAnalytics: z
      .enum(['first', 'every', 'never'])
      .default('first')
      .describe(
        'Which files Analytics is asked to validate before they are sent; Adobe asks not to do it with every file',
      ),
    visibleAfterMins: z
      .int()
      .min(0)
      .max(1_440)
      .default(50)
      .describe('A file’s hits count as applied this long after it was received: 20 to 50 minutes'),
    lateVisibleAfterMins: z
      .int()
      .min(0)
      .max(10_080)
      .default(120)
      .describe('The same for a file with hits older than 24 hours: 2 hours or longer'),
    maxBatchAgeInSecs: z
      .int()
      .min(1)
      .max(86_400)
      .default(300)
      .describe(
        'How long rows gather before they are sent; large files seldom are what Adobe asks',
      ),
    maxNumEventsInBatch: z
      .int()
      .min(1)
      .max(500_000)
      .default(50_000)
      .describe('Rows that are sent at once when so many have gathered sooner'),
    apiCallsPer6Secs: z
      .int()
      .min(1)
      .max(1_000)
      .default(12)
      .describe('Calls to the 2.0 APIs in 6 seconds by this process; Analytics takes 12 of a user'),
    connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
    answerTimeoutMs: z
      .int()
      .min(50)
      .max(600_000)
      .default(65_000)
      .describe('Time Analytics has to answer a call, ms; its own gateway gives up after 60 s'),
    uploadTimeoutMs: z
      .int()
      .min(50)
      .max(1_800_000)
      .default(300_000)
      .describe('Time for a file, from connecting to the answer, ms'),
    budgetWaitMs: z
      .int()
      .min(0)
      .max(120_000)
      .default(30_000)
      .describe('How long a call waits for the rate limiter or for its visitor group’s turn, ms'),
  })
  .refine((one) => one.segmentVariable !== one.transitionVariable, {
    message: 'Two columns of one name make Analytics refuse the file: choose another variable',
    path: ['transitionVariable'],
  })
  .refine((one) => one.enteredEvent !== one.exitedEvent, {
    message: 'Choose another event than enteredEvent',
    path: ['exitedEvent'],
  })
  .refine((one) => (one.seedNamespace === '') === (one.seedCustomerIdType === ''), {
    message: 'Give both seedNamespace and seedCustomerIdType, or neither',
    path: ['seedCustomerIdType'],
  })
  .refine((one) => allDifferent(['ECID', one.seedNamespace, ...one.visitorIdNamespaces]), {
    message: 'A namespace is sent in one way: leave out ECID, and what stands twice',
    path: ['visitorIdNamespaces'],
  })

function allDifferent(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}
