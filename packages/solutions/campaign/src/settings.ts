import { z } from 'zod'
import { solutionNamespaces } from '@segue/model'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'

/** How Campaign Standard finds a profile by one identity: `profileAndServicesExt/profile/<filter>?<parameter>=<value>`. */
export interface ProfileKey {
  /** Custom profile field that holds the identity. */
  readonly field: string
  /** Name of the custom filter as it stands in the address: `byEmailLcSha256`. */
  readonly filter: string
  /** The filter's parameter. */
  readonly parameter: string
}

/** What both editions have. */
interface SharedSettings {
  readonly namePrefix: string
  readonly createPolicy: 'matchExisting' | 'createMissing'
  readonly maxUsersPerRequest: number
  readonly maxConcurrentCalls: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly budgetWaitMs: number
}

/** Settings for Campaign Standard, checked. */
export interface StandardSettings extends SharedSettings {
  readonly edition: 'standard'
  readonly url: string
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly keys: Readonly<Record<string, ProfileKey>>
  readonly profileCacheSize: number
  readonly profileCacheSecs: number
  readonly unknownProfileCacheSecs: number
  readonly serviceCacheSecs: number
}

/** Settings for Campaign Classic v7, checked. */
export interface ClassicSettings extends SharedSettings {
  readonly edition: 'classic'
  readonly url: string
  readonly login: string
  readonly password: Secret
  readonly sessionSecs: number
  readonly keys: Readonly<Record<string, string>>
  readonly groupFolder: string
  readonly recipientFolder?: string | undefined
  readonly recipientsPerWrite: number
}

/** Settings of the Campaign adapter, checked: what `campaignSettings` parses to. */
export type CampaignSettings = StandardSettings | ClassicSettings

type Given<Type, Required extends keyof Type> = Pick<Type, Required> & {
  readonly [Key in Exclude<keyof Type, Required>]?: Type[Key] | undefined
}

/** What a person or a file gives: everything with a default may be left out. */
export type CampaignSettingsInput =
  | (Given<Omit<StandardSettings, 'clientSecret'>, 'edition' | 'url' | 'clientId'> & {
      readonly clientSecret: string
    })
  | (Given<Omit<ClassicSettings, 'password'>, 'edition' | 'url' | 'login' | 'groupFolder'> & {
      readonly password: string
    })

const webUrl = z.url({ protocol: /^https?$/ })
const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
/** An XML attribute without its `@`. */
const attributeName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/)

/** A namespace in the spelling that identities have: the four known ones as they are, others in lower case. */
const namespace = z.string().refine(
  (name) => {
    const known: readonly string[] = solutionNamespaces
    if (known.includes(name)) return true
    const lower = name.toLowerCase()
    const misspelt = known.some((one) => one.toLowerCase() === lower)
    return !misspelt && name === lower && /^[^:\s]{1,64}$/.test(name)
  },
  {
    message: 'Write ECID, email_lc_sha256, GAID or IDFA like this, other namespaces in lower case',
  },
)

const atLeastOneKey = 'Name at least one identity namespace: people are found by it'

const shared = {
  namePrefix: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,15}$/)
    .default('aep_')
    .describe('Start of the internal names of services or groups; another one for each Segue'),
  createPolicy: z
    .enum(['matchExisting', 'createMissing'])
    .default('matchExisting')
    .describe(
      'matchExisting: people whom Campaign does not know are excluded. createMissing: they are created with nothing but their key fields',
    ),
  connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
  answerTimeoutMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(30_000)
    .describe('Time Campaign has to answer a call, in milliseconds; the default is proposed [I]'),
  budgetWaitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(10_000)
    .describe('How long a call waits for the rate limiter, in milliseconds'),
}

const standard = z.strictObject({
  edition: z.literal('standard').describe('Campaign Standard, by REST'),
  url: webUrl.describe('Base of the API: https://mc.adobe.io/<ORGANIZATION>/campaign'),
  imsUrl: webUrl.default('https://ims-na1.adobelogin.com').describe('Adobe IMS'),
  clientId: z.string().min(1).describe('Client id of the OAuth server-to-server credential'),
  clientSecret: secretSetting('Client secret of the OAuth server-to-server credential'),
  scopes: z.string().min(1).default('openid,AdobeID').describe('Scopes of the credential'),
  keys: z
    .record(
      namespace,
      z.strictObject({
        field: fieldName.describe('Custom profile field that holds the identity'),
        filter: fieldName.describe(
          'Custom filter that finds by it, as in the address: byEmailLcSha256',
        ),
        parameter: fieldName.describe('Parameter of that filter'),
      }),
    )
    .refine((keys) => Object.keys(keys).length > 0, atLeastOneKey)
    .default({
      email_lc_sha256: {
        field: 'cusEmailLcSha256',
        filter: 'byEmailLcSha256',
        parameter: 'emailLcSha256_parameter',
      },
    })
    .describe(
      'By identity namespace, how a profile is found by it. Campaign has none of these itself: field and filter are made in its data model [I: names]',
    ),
  ...shared,
  maxUsersPerRequest: z
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('Rows handed to the adapter at once; each is a call or more'),
  maxConcurrentCalls: z
    .int()
    .min(1)
    .max(32)
    .default(4)
    .describe('Calls at once; Campaign enforces nothing, the default is proposed [I]'),
  profileCacheSize: z.int().min(1).max(5_000_000).default(100_000).describe('Profiles remembered'),
  profileCacheSecs: z
    .int()
    .min(0)
    .max(86_400)
    .default(3_600)
    .describe('How long a profile’s key is remembered, in memory only, in seconds; 0: not at all'),
  unknownProfileCacheSecs: z
    .int()
    .min(0)
    .max(3_600)
    .default(30)
    .describe(
      'How long it is remembered that a person has no profile, in seconds; 0 and under createMissing: not at all',
    ),
  serviceCacheSecs: z
    .int()
    .min(0)
    .max(3_600)
    .default(300)
    .describe('How long a service’s key is remembered, in memory only, in seconds; 0: not at all'),
})

const classic = z.strictObject({
  edition: z.literal('classic').describe('Campaign Classic v7, by SOAP'),
  url: webUrl.describe('The application server: https://<server>'),
  login: z.string().min(1).describe('Operator who may write recipients, groups and their relation'),
  password: secretSetting('Password of the operator'),
  sessionSecs: z
    .int()
    .min(60)
    .max(604_800)
    .default(86_400)
    .describe('How long a session lives, in seconds: serverConf.xml says, 24 hours by default'),
  keys: z
    .record(namespace, attributeName)
    .refine((keys) => Object.keys(keys).length > 0, atLeastOneKey)
    .default({ email_lc_sha256: 'cusEmailLcSha256' })
    .describe(
      'By identity namespace, the attribute of nms:recipient (without @) that holds it [I: name]',
    ),
  groupFolder: z
    .string()
    .min(1)
    .max(255)
    .describe('Internal name of the folder in which groups are made'),
  recipientFolder: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Internal name of the folder for people that createMissing makes'),
  ...shared,
  maxUsersPerRequest: z
    .int()
    .min(1)
    .max(1_000)
    .default(1_000)
    .describe('Rows handed to the adapter at once'),
  maxConcurrentCalls: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('Calls at once; Campaign publishes no limit, the default is proposed [I]'),
  recipientsPerWrite: z
    .int()
    .min(1)
    .max(1_000)
    .default(1_000)
    .describe('People in one WriteCollection; the default is proposed [I]'),
})

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const campaignSettings: z.ZodType<CampaignSettings, CampaignSettingsInput> =
  z.discriminatedUnion('edition', [standard, classic])
