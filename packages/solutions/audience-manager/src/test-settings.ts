import type { TraitOwner } from './known-data-sources.ts'
import { audienceManagerSettings } from './settings.ts'
import type { AudienceManagerSettings, AudienceManagerSettingsInput } from './settings.ts'

const input: AudienceManagerSettingsInput = {
  dcsHost: 'acme.demdex.net',
  clientId: 'client',
  clientSecret: 'secret-of-the-client',
  orgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
  s3: {
    region: 'us-east-1',
    bucket: 'aam-inbound',
    directory: 'dir/acme',
    accessKeyId: 'key',
    secretAccessKey: 'secret-of-the-bucket',
  },
  dataSources: { traitOwner: 29769, ecid: 31000, email: 31001 },
}

/** Checked settings for tests, with changes. */
export function testSettings(
  changes: Partial<AudienceManagerSettingsInput> = {},
): AudienceManagerSettings {
  return audienceManagerSettings.parse({ ...input, ...changes })
}

/** The data source of traits in these settings, as it is when nobody doubts it. */
export function testOwner(): Promise<TraitOwner> {
  return Promise.resolve({ kind: 'owner', dataSourceId: 29769 })
}
