import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'
import type { Verify } from './membership-check.ts'

/** Settings of the Marketo adapter, checked: what `marketoSettings` parses to. */
export interface MarketoSettings {
  readonly url: string
  readonly identityUrl?: string | undefined
  readonly clientId: string
  readonly clientSecret: Secret
  readonly emailSha256Field: string
  readonly ecidField: string
  readonly listFolderId: number
  readonly listFolderType: 'Folder' | 'Program'
  readonly listNamePrefix: string
  readonly maxUsersPerRequest: number
  readonly maxConcurrentCalls: number
  readonly callsPerDay: number
  readonly dailyCallShare: number
  readonly usageCheckSecs: number
  readonly verify: Verify
  readonly leadCacheSize: number
  readonly leadCacheSecs: number
  readonly unknownLeadCacheSecs: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly budgetWaitMs: number
}

/** What a person or a file gives: everything with a default may be left out. */
export interface MarketoSettingsInput {
  readonly url: string
  readonly identityUrl?: string | undefined
  readonly clientId: string
  readonly clientSecret: string
  readonly emailSha256Field?: string | undefined
  readonly ecidField?: string | undefined
  readonly listFolderId: number
  readonly listFolderType?: 'Folder' | 'Program' | undefined
  readonly listNamePrefix?: string | undefined
  readonly maxUsersPerRequest?: number | undefined
  readonly maxConcurrentCalls?: number | undefined
  readonly callsPerDay?: number | undefined
  readonly dailyCallShare?: number | undefined
  readonly usageCheckSecs?: number | undefined
  readonly verify?: Verify | undefined
  readonly leadCacheSize?: number | undefined
  readonly leadCacheSecs?: number | undefined
  readonly unknownLeadCacheSecs?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly answerTimeoutMs?: number | undefined
  readonly budgetWaitMs?: number | undefined
}

const webUrl = z.url({ protocol: /^https?$/ })
const fieldName = z.string().regex(/^[A-Za-z0-9_]{0,255}$/)

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const marketoSettings: z.ZodType<MarketoSettings, MarketoSettingsInput> = z
  .strictObject({
    url: webUrl.describe('REST endpoint of the Marketo instance: https://123-ABC-456.mktorest.com'),
    identityUrl: webUrl.optional().describe('Identity endpoint; left out: `url` with /identity'),
    clientId: z.string().min(1).describe('Client id of the custom service (LaunchPoint)'),
    clientSecret: secretSetting('Client secret of the custom service (LaunchPoint)'),
    emailSha256Field: fieldName
      .default('emailSHA256')
      .describe(
        'API name of the custom string field that holds the SHA-256 of the trimmed, lower-case e-mail; empty: not used',
      ),
    ecidField: fieldName
      .default('ecid')
      .describe('API name of the custom string field that holds the ECID; empty: not used'),
    listFolderId: z
      .int()
      .positive()
      .describe('Id of the folder or program in which static lists are created'),
    listFolderType: z.enum(['Folder', 'Program']).default('Folder').describe('What that id names'),
    listNamePrefix: z
      .string()
      .max(100)
      .default('AEP ')
      .describe('Put before the segment’s name to make the name of its static list'),
    maxUsersPerRequest: z
      .int()
      .min(1)
      .max(300)
      .default(300)
      .describe('Rows handed to the adapter at once; Marketo takes 300 leads a call'),
    maxConcurrentCalls: z
      .int()
      .min(1)
      .max(10)
      .default(5)
      .describe('Calls at once; Marketo allows 10 to all integrations of an instance together'),
    callsPerDay: z
      .int()
      .min(0)
      .max(100_000_000)
      .default(50_000)
      .describe(
        'Calls a day that your Marketo subscription allows to all integrations together; 0: no bound here',
      ),
    dailyCallShare: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.9)
      .describe(
        'Part of them that may be used, by everybody, before the calls from here stop until 00:00 CST and leave the rest to others',
      ),
    usageCheckSecs: z
      .int()
      .min(10)
      .max(86_400)
      .default(300)
      .describe('How often Marketo is asked how many calls are used, at most, in seconds'),
    verify: z
      .enum(['none', 'doubtful', 'all'])
      .default('none')
      .describe(
        'Which answered changes are checked against the list itself: none, those after one in doubt, or all (twice the calls)',
      ),
    leadCacheSize: z.int().min(1).max(5_000_000).default(100_000).describe('Lead ids remembered'),
    leadCacheSecs: z
      .int()
      .min(0)
      .max(86_400)
      .default(3_600)
      .describe('How long a lead id is remembered, in seconds; 0: not at all'),
    unknownLeadCacheSecs: z
      .int()
      .min(0)
      .max(3_600)
      .default(30)
      .describe('How long it is remembered that a person has no lead, in seconds; 0: not at all'),
    connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
    answerTimeoutMs: z
      .int()
      .min(50)
      .max(600_000)
      .default(60_000)
      .describe('Time Marketo has to answer a call, in milliseconds'),
    budgetWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(10_000)
      .describe('How long a call waits for the rate limiter, in milliseconds'),
  })
  .refine((settings) => settings.emailSha256Field !== '' || settings.ecidField !== '', {
    message: 'Name at least one of emailSha256Field and ecidField: leads are found by them',
    path: ['emailSha256Field'],
  })
