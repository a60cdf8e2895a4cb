import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { audienceManagerSettings } from './settings.ts'
import { testSettings } from './test-settings.ts'

test('defaults are what the reference says of Audience Manager', () => {
  expect(testSettings()).toMatchObject({
    restUrl: 'https://aam.adobe.io',
    imsUrl: 'https://ims-na1.adobelogin.com',
    dataSources: { gaid: 20914, idfa: 20915 },
    traitDataSourceName: 'Experience Platform Segments',
    traitFolder: 'Experience Platform Traits',
    segmentFolder: 'Experience Platform Segments',
    receipts: 'none',
    processedAfterHours: 48,
    s3: { forcePathStyle: false },
  })
})

test('no printed form of the settings shows a secret', () => {
  const settings = testSettings()
  expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('secret-of')
})

test('every field has a description, also in the form schema', () => {
  const form = z.toJSONSchema(audienceManagerSettings, { io: 'input' })
  const undescribed = Object.entries(form.properties ?? {}).filter(
    ([, field]) => typeof field === 'boolean' || field.description === undefined,
  )
  expect(undescribed).toEqual([])
})

test('an unknown field is refused rather than ignored', () => {
  const parsed = audienceManagerSettings.safeParse({ ...testSettings(), clientSecret: 'x', s3x: 1 })
  expect(parsed.success).toBe(false)
})
