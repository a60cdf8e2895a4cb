import type { ServerContext, SolutionServer } from '../solution-server.ts'
import type { AnalyticsReady } from './ready.ts'
import type { AnalyticsSettings } from './settings.ts'

export function analyticsServer(
  settings: AnalyticsSettings,
  _context: ServerContext,
): SolutionServer<AnalyticsReady> {
  return {
    solution: 'analytics',
    apps: {},
    ready: () => ({
      collectUrl: 'http://127.0.0.1:9',
      apiUrl: 'http://127.0.0.1:9',
      imsUrl: 'http://127.0.0.1:9',
      clientId: settings.clientId,
      clientSecret: 'none',
      orgId: 'none',
      companyId: 'none',
      reportSuiteId: 'none',
      datasetId: 'none',
    }),
    members: () => ({}),
    pending: () => 0,
    process: () => Promise.resolve(),
    snapshot: () => ({}),
    restore: () => {},
  }
}
