import type { ServerContext, SolutionServer } from '../solution-server.ts'
import type { AdvertisingCloudReady } from './ready.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

export function advertisingCloudServer(
  settings: AdvertisingCloudSettings,
  _context: ServerContext,
): SolutionServer<AdvertisingCloudReady> {
  return {
    solution: 'advertising-cloud',
    apps: {},
    ready: () => ({
      firehoseUrl: 'http://127.0.0.1:9',
      region: 'none',
      deliveryStreamName: 'none',
      accessKeyId: settings.clientId,
      secretAccessKey: 'none',
      sourceKey: 'none',
      mapping: {
        endpoint: 'http://127.0.0.1:9',
        region: 'none',
        bucket: 'none',
        directory: 'none',
        accessKeyId: 'none',
        secretAccessKey: 'none',
      },
    }),
    members: () => ({}),
    pending: () => 0,
    process: () => Promise.resolve(),
    snapshot: () => ({}),
    restore: () => {},
  }
}
