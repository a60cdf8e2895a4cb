import type { ServerContext, SolutionServer } from '../solution-server.ts'
import type { CampaignReady } from './ready.ts'
import type { CampaignSettings } from './settings.ts'

export function campaignServer(
  settings: CampaignSettings,
  _context: ServerContext,
): SolutionServer<CampaignReady> {
  return {
    solution: 'campaign',
    apps: {},
    ready: () => ({
      standard: {
        url: 'http://127.0.0.1:9',
        imsUrl: 'http://127.0.0.1:9',
        clientId: settings.clientId,
        clientSecret: 'none',
        keys: {},
      },
      classic: {
        url: 'http://127.0.0.1:9',
        login: 'none',
        password: 'none',
        keys: {},
        groupFolder: 'none',
      },
    }),
    members: () => ({}),
    pending: () => 0,
    process: () => Promise.resolve(),
    snapshot: () => ({}),
    restore: () => {},
  }
}
