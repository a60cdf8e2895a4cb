import { z } from 'zod'
import { secretSetting } from '@segue/solution-kit'
import type { Secret } from '@segue/solution-kit'
import { peopleInCall } from './example-api.ts'

/** Settings of the Example Lists adapter, checked: what `exampleListsSettings` parses to. */
export interface ExampleListsSettings {
  readonly url: string
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: string
  readonly listNamePrefix: string
  readonly maxUsersPerRequest: number
  readonly maxConcurrentCalls: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly budgetWaitMs: number
}

/** What a person or a file gives: everything with a default may be left out. */
export interface ExampleListsSettingsInput {
  readonly url: string
  readonly imsUrl?: string | undefined
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes?: string | undefined
  readonly listNamePrefix?: string | undefined
  readonly maxUsersPerRequest?: number | undefined
  readonly maxConcurrentCalls?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly answerTimeoutMs?: number | undefined
  readonly budgetWaitMs?: number | undefined
}

const webUrl = z.url({ protocol: /^https?$/ })

/** The settings with their descriptions and defaults; forms, files and the environment all go through it. */
export const exampleListsSettings: z.ZodType<ExampleListsSettings, ExampleListsSettingsInput> =
  z.strictObject({
    url: webUrl.describe('Origin of the API: https://api.example.com'),
    imsUrl: webUrl.default('https://ims-na1.adobelogin.com').describe('Origin of Adobe IMS'),
    clientId: z.string().min(1).describe('Client id of the OAuth server-to-server credential'),
    clientSecret: secretSetting('Client secret of the OAuth server-to-server credential'),
    scopes: z.string().default('openid,AdobeID').describe('Scopes asked for with the token'),
    listNamePrefix: z
      .string()
      .max(100)
      .default('AEP ')
      .describe('Put before the segment’s name to make the name of its list'),
    maxUsersPerRequest: z
      .int()
      .min(1)
      .max(1_000)
      .default(peopleInCall)
      .describe(`Rows handed to the adapter at once; the API takes ${peopleInCall} people a call`),
    maxConcurrentCalls: z.int().min(1).max(20).default(4).describe('Calls at once'),
    connectTimeoutMs: z.int().min(50).max(60_000).default(10_000).describe('Time to connect, ms'),
    answerTimeoutMs: z
      .int()
      .min(50)
      .max(600_000)
      .default(60_000)
      .describe('Time the API has to answer a call, in milliseconds'),
    budgetWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(10_000)
      .describe('How long a call waits for the rate limiter, in milliseconds'),
  })
