import { unlimited } from '@segue/solution-kit'
import { expect, test } from 'vitest'
import { adapters } from './adapters.ts'

const aws = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
const ims = { clientId: 'client', clientSecret: 'secret' }

/** The least that each solution's settings need: everything else is as it comes. */
const settings: Readonly<Record<string, object>> = {
  'audience-manager': {
    ...ims,
    dcsUrl: 'https://acme.demdex.net',
    dcsHost: 'acme.demdex.net',
    orgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
    s3: { ...aws, region: 'us-east-1', bucket: 'bucket', directory: 'acme' },
    dataSources: { traitOwner: 29_769, ecid: 31_002, email: 31_001 },
  },
  analytics: { ...ims, companyId: 'acme', reportSuiteId: 'acmersid' },
  'advertising-cloud': {
    ...aws,
    deliveryStreamName: 'stream',
    sourceKey: '57bf424dc10',
    mapping: { ...aws, bucket: 'bucket', directory: 'acme' },
  },
  campaign: { ...ims, edition: 'standard', url: 'https://mc.adobe.io/acme/campaign' },
  target: { ...ims, clientCode: 'acme', tenant: 'acmetenant' },
  marketo: { ...ims, url: 'https://123-ABC-456.mktorest.com', listFolderId: 12 },
}

/** Whom each solution takes where nothing else is set. */
const namespaces: Readonly<Record<string, readonly string[]>> = {
  'audience-manager': ['ECID', 'GAID', 'IDFA', 'email_lc_sha256'],
  analytics: ['ECID'],
  'advertising-cloud': ['ECID', 'GAID', 'IDFA', 'email_lc_sha256'],
  campaign: ['email_lc_sha256'],
  target: ['ECID', 'email_lc_sha256'],
  marketo: ['ECID', 'email_lc_sha256'],
}

test.each(Object.keys(adapters))(
  '%s takes its identities with the least of settings, and says its times',
  async (name) => {
    const configured = adapters[name]?.configure(settings[name])
    if (configured?.success !== true) throw new Error(JSON.stringify(configured))
    const solution = configured.create({ rateLimiter: unlimited, log: () => undefined })
    try {
      expect(solution.name).toBe(name)
      expect([...solution.namespaces].toSorted()).toEqual(namespaces[name])
      expect(solution.readiness.length).toBeGreaterThan(0)
    } finally {
      await solution.close()
    }
  },
)

test('Audience Manager’s documented times are shown: 4, 24 and 48 hours', async () => {
  const configured = adapters['audience-manager']?.configure(settings['audience-manager'])
  if (configured?.success !== true) throw new Error(JSON.stringify(configured))
  const solution = configured.create({ rateLimiter: unlimited, log: () => undefined })
  const hours = solution.readiness.map(({ withinMs }) => withinMs / 3_600_000)
  expect(hours).toEqual(expect.arrayContaining([4, 24, 48]))
  await solution.close()
})
