import type { Needs } from '@segue/destinations'

/**
 * Who may use each route: written down here once more, apart from the routes, so that a slip there is found. One line a route, with
 * its path as the OpenAPI document has it; a route without a line fails the matrix (access.test.ts).
 *
 * `{ anywhere }` and `{ everywhere }` are what concerns the organisation as a whole; all else counts in the request's sandbox.
 */
export type AccessRow = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  needs: 'anybody' | 'anyToken' | Needs,
]

export const accessTable: readonly AccessRow[] = [
  ['GET', '/healthz', 'anybody'],
  ['GET', '/readyz', 'anybody'],
  ['GET', '/login', 'anybody'],
  ['POST', '/login', 'anybody'],
  ['POST', '/logout', 'anyToken'],
  ['GET', '/openapi.json', 'anyToken'],
  ['POST', '/v1/profiles', 'stream-profiles'],
  ['GET', '/v1/profiles/{namespace}/{id}', 'view-profiles'],
  ['GET', '/v1/dead-letters', 'view-profiles'],
  ['GET', '/v1/status', 'data-monitoring'],
  ['GET', '/v1/dataflows', 'data-monitoring'],
  ['GET', '/v1/dataflows/{id}', 'data-monitoring'],
  ['GET', '/v1/dataflows/{id}/solutions', 'data-monitoring'],
  ['PUT', '/v1/dataflows/{id}', 'manage-destinations'],
  ['GET', '/metrics', { anywhere: 'view-metrics' }],
  ['GET', '/queues/', { anywhere: 'view-queues' }],

  // Bull Board's own API, which the document leaves out.
  ['GET', '/queues/api/queues', { anywhere: 'view-queues' }],
  ['GET', '/queues/static/favicon.ico', { anywhere: 'view-queues' }],
  ['PUT', '/queues/api/queues/pause', { anywhere: 'manage-queues' }],

  // Roles and tokens.

  // Flow service and segment definitions.

  // Governance and the organisation.

  // Backfills, runs, exports.

  // Alerts.

  // Audit, privacy, cutover.
]
