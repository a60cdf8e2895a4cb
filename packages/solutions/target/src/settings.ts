import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'
import { solutionNamespaces } from '@segue/model'

/** Settings of the Target adapter, checked: what `targetSettings` parses to. */
export interface TargetSettings {
  readonly clientCode: string
  readonly edgeUrl?: string | undefined
  readonly tenant: string
  readonly adminUrl: string
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly workspace?: string | undefined
  readonly audienceNamePrefix: string
  readonly bulkUpdates: boolean
  readonly mbox3rdPartyIdNamespace: string
  readonly profileAuthentication: 'none' | 'token' | 'generated'
  readonly profileToken?: Secret | undefined
  readonly maxFileBytes: number
  readonly maxFileRows: number
  readonly batchPollSecs: number
  readonly ecidUpdates: boolean
  readonly mbox: string
  readonly maxConcurrentEcidCalls: number
  readonly maxBatchAgeInSecs: number
  readonly maxNumEventsInBatch: number
  readonly refreshAfterDays: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly budgetWaitMs: number
}

type Defaulted =
  | 'adminUrl'
  | 'imsUrl'
  | 'scopes'
  | 'audienceNamePrefix'
  | 'bulkUpdates'
  | 'mbox3rdPartyIdNamespace'
  | 'profileAuthentication'
  | 'maxFileBytes'
  | 'maxFileRows'
  | 'batchPollSecs'
  | 'ecidUpdates'
  | 'mbox'
  | 'maxConcurrentEcidCalls'
  | 'maxBatchAgeInSecs'
  | 'maxNumEventsInBatch'
  | 'refreshAfterDays'
  | 'connectTimeoutMs'
  | 'answerTimeoutMs'
  | 'budgetWaitMs'

/** What a person or a file gives: everything with a default may be left out. */
export type TargetSettingsInput = Omit<
  TargetSettings,
  Defaulted | 'clientSecret' | 'profileToken'
> & {
  readonly [Key in Defaulted]?: TargetSettings[Key] | undefined
} & { readonly clientSecret: string; readonly profileToken?: string | undefined }

const webUrl = z.url({ protocol: /^https?$/ })
/** What stands in a path and a host name. */
const pathName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/)

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const targetSettings: z.ZodType<TargetSettings, TargetSettingsInput> = z
  .strictObject({
    clientCode: pathName.describe(
      'Client code, as Target shows it under Administration > Implementation',
    ),
    edgeUrl: webUrl
      .optional()
      .describe('Edge of Target; left out: https://<clientCode>.tt.omtrdc.net'),
    tenant: pathName.describe('Tenant name in Target’s own address; not the client code'),
    adminUrl: webUrl.default('https://mc.adobe.io').describe('Target’s Admin API'),
    imsUrl: webUrl.default('https://ims-na1.adobelogin.com').describe('Adobe’s identity service'),
    clientId: z.string().min(1).describe('Client id of the OAuth server-to-server credential'),
    clientSecret: secretSetting('Client secret of the OAuth server-to-server credential'),
    scopes: z
      .string()
      .min(1)
      .default(
        'openid,AdobeID,target_sdk,additional_info.projectedProductContext,read_organizations,additional_info.roles',
      )
      .describe('Scopes of the credential, as the Developer Console shows them'),
    workspace: z
      .string()
      .regex(/^\d{1,20}$/)
      .optional()
      .describe('Id of the workspace in which audiences are made; left out: the default one'),
    audienceNamePrefix: z
      .string()
      .max(100)
      .default('AEP ')
      .describe('Put before the segment’s name to make the name of its audience'),
    bulkUpdates: z
      .boolean()
      .default(true)
      .describe('Send by the Bulk Profile Update API, keyed by mbox3rdPartyId'),
    mbox3rdPartyIdNamespace: z
      .string()
      .trim()
      .regex(/^[^:\p{Cc}]{1,64}$/u)
      .default('email_lc_sha256')
      .transform(canonicalNamespace)
      .describe('The identity that your site sends to Target as mbox3rdPartyId, the same value'),
    profileAuthentication: z
      .enum(['none', 'token', 'generated'])
      .default('none')
      .describe(
        'Whether Target’s Profile API requires authentication: none, by the token of profileToken, or by a token that is made through the Admin API. A new token makes every older one invalid: choose generated only if nothing else, and no second process, uses one',
      ),
    profileToken: secretSetting(
      'Profile authentication token, made in Target; needed where profileAuthentication is token',
    ).optional(),
    maxFileBytes: z
      .int()
      .min(1_000)
      .max(49_999_999)
      .default(20_000_000)
      .describe('Largest batch file, in bytes; Target takes less than 50 MB'),
    maxFileRows: z
      .int()
      .min(1)
      .max(500_000)
      .default(500_000)
      .describe('Profiles in a batch file; Target takes 500,000'),
    batchPollSecs: z
      .int()
      .min(1)
      .max(86_400)
      .default(60)
      .describe('How often Target is asked what became of a batch, in seconds'),
    ecidUpdates: z
      .boolean()
      .default(true)
      .describe('Send by the Delivery API, keyed by ECID; each call is billed as an mbox call'),
    mbox: z
      .string()
      .regex(/^(?!target-global-mbox$)[A-Za-z0-9][A-Za-z0-9_.-]{0,249}$/)
      .default('aep-segment-sync')
      .describe('Mbox that these calls name: one that no activity uses'),
    maxConcurrentEcidCalls: z
      .int()
      .min(1)
      .max(100)
      .default(20)
      .describe('Calls of the Delivery API at once, each for another person'),
    maxBatchAgeInSecs: z
      .int()
      .min(1)
      .max(86_400)
      .default(30)
      .describe('Rows of this window go into one batch file, in seconds; with bulkUpdates only'),
    maxNumEventsInBatch: z
      .int()
      .min(1)
      .max(500_000)
      .default(5_000)
      .describe('Rows handed to the adapter at once; a window ends earlier when it has as many'),
    refreshAfterDays: z
      .number()
      .min(0)
      .max(365)
      .default(7)
      .describe(
        'What is realized is sent again after this time, in days, since Target may lose up to 0.1 % of a batch; 0: never',
      ),
    connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
    answerTimeoutMs: z
      .int()
      .min(50)
      .max(600_000)
      .default(60_000)
      .describe('Time Target has to answer a call, in milliseconds'),
    budgetWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(10_000)
      .describe('How long a call waits for the rate limiter, in milliseconds'),
  })
  .refine((settings) => settings.bulkUpdates || settings.ecidUpdates, {
    message: 'Switch on at least one of bulkUpdates and ecidUpdates: memberships go by them',
    path: ['bulkUpdates'],
  })
  .refine(
    (settings) =>
      (settings.profileAuthentication === 'token') === (settings.profileToken !== undefined),
    {
      message: 'Give profileToken exactly where profileAuthentication is token',
      path: ['profileToken'],
    },
  )
  .refine((settings) => settings.mbox3rdPartyIdNamespace !== 'email', {
    message: 'A raw e-mail address is never kept: use email_lc_sha256',
    path: ['mbox3rdPartyIdNamespace'],
  })

/** As the model spells namespaces: the four known ones in their own case, others in lower case. */
function canonicalNamespace(name: string): string {
  const lower = name.toLowerCase()
  return solutionNamespaces.find((known) => known.toLowerCase() === lower) ?? lower
}
