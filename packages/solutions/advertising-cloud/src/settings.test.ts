import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { advertisingCloudSettings } from './settings.ts'
import { testSettings } from './test-settings.ts'

test('defaults are what the reference says of Advertising', () => {
  expect(testSettings()).toMatchObject({
    firehoseUrl: 'https://firehose.us-east-1.amazonaws.com',
    region: 'us-east-1',
    mapping: { region: 'us-east-1', forcePathStyle: false },
    identities: ['email_lc_sha256', 'ECID', 'GAID', 'IDFA'],
    segmentWindowDays: 30,
    refreshAfterDays: 7,
  })
})

test('no printed form of the settings shows a secret', () => {
  const settings = testSettings()
  expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('secret-of')
})

test('every field has a description, also in the form schema', () => {
  const form = z.toJSONSchema(advertisingCloudSettings, { io: 'input' })
  const { mapping } = form.properties ?? {}
  const inner = typeof mapping === 'object' ? (mapping.properties ?? {}) : {}
  expect(Object.keys(inner)).toContain('secretAccessKey')
  const undescribed = Object.entries({ ...form.properties, ...inner }).filter(
    ([, field]) => typeof field === 'boolean' || field.description === undefined,
  )
  expect(undescribed).toEqual([])
})

test.each([
  ['an unknown field', { streem: 1 }],
  ['a refresh after the window', { refreshAfterDays: 31 }],
  ['a refresh at the end of the window', { refreshAfterDays: 29 }],
  ['a window too short for a refresh', { segmentWindowDays: 2 }],
  ['a refresh too often to be told from a repeat', { refreshAfterDays: 0.5 }],
  ['an identity that Advertising does not take', { identities: ['crmid'] }],
  ['no identity', { identities: [] }],
  ['one identity twice', { identities: ['ECID', 'ECID'] }],
  ['a source key that would break External Segment Keys', { sourceKey: 'a b' }],
  ['an address that is none', { firehoseUrl: 'ftp://example.org' }],
])('%s is refused', (_what, change) => {
  const input = { ...plain, ...change }
  expect(advertisingCloudSettings.safeParse(plain).success).toBe(true)
  expect(advertisingCloudSettings.safeParse(input).success).toBe(false)
})

const plain = {
  deliveryStreamName: 'stream',
  accessKeyId: 'key',
  secretAccessKey: 'x',
  sourceKey: '57bf424dc10',
  mapping: { bucket: 'drop', directory: '', accessKeyId: 'key', secretAccessKey: 'x' },
}
