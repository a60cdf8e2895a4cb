import type { ServerContext, SolutionServer } from '../solution-server.ts'
import type { TargetReady } from './ready.ts'
import type { TargetSettings } from './settings.ts'

export function targetServer(
  settings: TargetSettings,
  _context: ServerContext,
): SolutionServer<TargetReady> {
  return {
    solution: 'target',
    apps: {},
    ready: () => ({
      edgeUrl: 'http://127.0.0.1:9',
      clientCode: 'none',
      adminUrl: 'http://127.0.0.1:9',
      tenant: 'none',
      imsUrl: 'http://127.0.0.1:9',
      clientId: settings.clientId,
      clientSecret: 'none',
      profileAuthentication: false,
      workspace: 'none',
    }),
    members: () => ({}),
    pending: () => 0,
    process: () => Promise.resolve(),
    snapshot: () => ({}),
    restore: () => {},
  }
}
