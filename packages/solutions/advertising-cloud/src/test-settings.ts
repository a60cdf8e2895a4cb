import { advertisingCloudSettings } from './settings.ts'
import type { AdvertisingCloudSettings, AdvertisingCloudSettingsInput } from './settings.ts'

const input: AdvertisingCloudSettingsInput = {
  deliveryStreamName: 'Tealium_CDP_Connector',
  accessKeyId: 'key',
  secretAccessKey: 'secret-of-the-stream',
  sourceKey: '57bf424dc10',
  mapping: {
    bucket: 'dsp-mapping',
    directory: 'drop',
    accessKeyId: 'key',
    secretAccessKey: 'secret-of-the-drop',
  },
}

/** Checked settings for tests, with changes. */
export function testSettings(
  changes: Partial<AdvertisingCloudSettingsInput> = {},
): AdvertisingCloudSettings {
  return advertisingCloudSettings.parse({ ...input, ...changes })
}
