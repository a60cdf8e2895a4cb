import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { campaignSettings } from './settings.ts'

const standard = {
  edition: 'standard',
  url: 'https://mc.adobe.io/acme/campaign',
  clientId: 'id',
  clientSecret: 'hush',
} as const
const classic = {
  edition: 'classic',
  url: 'https://campaign.example',
  login: 'segue',
  password: 'hush',
  groupFolder: 'groups',
} as const

test('each edition has the defaults of the reference, and keeps its secret to itself', () => {
  const one = campaignSettings.parse(standard)
  expect(one).toMatchObject({
    createPolicy: 'matchExisting',
    maxConcurrentCalls: 4,
    answerTimeoutMs: 30_000,
    keys: { email_lc_sha256: { field: 'cusEmailLcSha256' } },
  })
  const other = campaignSettings.parse(classic)
  expect(other).toMatchObject({
    maxConcurrentCalls: 2,
    recipientsPerWrite: 1_000,
    sessionSecs: 86_400,
    keys: { email_lc_sha256: 'cusEmailLcSha256' },
  })
  for (const settings of [one, other]) {
    expect(inspect(settings)).not.toContain('hush')
    expect(JSON.stringify(settings)).not.toContain('hush')
  }
})

const key = { field: 'a', filter: 'b', parameter: 'c' }

test.each([
  ['no edition', { ...standard, edition: undefined }],
  ['settings of the other edition', { ...standard, login: 'segue' }],
  ['no key', { ...standard, keys: {} }],
  ['a namespace in another spelling', { ...standard, keys: { ecid: key } }],
  ['a namespace with capitals', { ...classic, keys: { CrmId: 'crmId' } }],
  ['a filter that leaves its place', { ...standard, keys: { ECID: { ...key, filter: '../x' } } }],
  ['an attribute that leaves its place', { ...classic, keys: { ECID: "x' or '1" } }],
  ['a prefix that no name may start with', { ...classic, namePrefix: '1' }],
  ['an address that is none', { ...classic, url: 'campaign.example' }],
])('%s is refused', (_what, settings) => {
  expect(campaignSettings.safeParse(settings).success).toBe(false)
})

test('every setting says what it is', () => {
  const editions = z.toJSONSchema(campaignSettings, { io: 'input' }) as {
    oneOf: { properties: Record<string, { description?: string }> }[]
  }
  expect(editions.oneOf).toHaveLength(2)
  for (const { properties } of editions.oneOf) {
    for (const [name, { description }] of Object.entries(properties)) {
      expect(`${name}: ${description ?? ''}`).toMatch(/: .{5}/)
    }
  }
})
