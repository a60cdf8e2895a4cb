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

const mayView: Needs = { anyOf: ['view-destinations', 'manage-destinations'] }
/** Names ask for the one, labels for the other. */
const mayChangeSegment: Needs = { anyOf: ['manage-segments', 'apply-data-usage-labels'] }

export const accessTable: readonly AccessRow[] = [
  ['GET', '/healthz', 'anybody'],
  ['GET', '/readyz', 'anybody'],
  ['GET', '/login', 'anybody'],
  ['POST', '/login', 'anybody'],
  ['POST', '/logout', 'anyToken'],
  ['GET', '/openapi.json', 'anyToken'],
  ['POST', '/v1/profiles', 'stream-profiles'],
  ['GET', '/v1/profiles/{namespace}/{id}', 'view-profiles'],
  ['GET', '/v1/exports/{namespace}/{id}', 'view-profiles'],
  ['GET', '/v1/exports/segments/{segment}', 'view-segments'],
  ['GET', '/v1/dead-letters', 'view-profiles'],
  ['GET', '/v1/set-aside', 'data-monitoring'],
  ['POST', '/v1/set-aside', 'manage-profiles'],
  ['GET', '/v1/status', 'data-monitoring'],
  ['GET', '/v1/dataflows', 'data-monitoring'],
  ['GET', '/v1/dataflows/{id}', 'data-monitoring'],
  ['GET', '/v1/dataflows/{id}/solutions', 'data-monitoring'],
  ['GET', '/metrics', { anywhere: 'view-metrics' }],
  ['GET', '/queues/', { anywhere: 'view-queues' }],

  // Bull Board's own API, which the document leaves out.
  ['GET', '/queues/api/queues', { anywhere: 'view-queues' }],
  ['GET', '/queues/static/favicon.ico', { anywhere: 'view-queues' }],
  ['PUT', '/queues/api/queues/pause', { anywhere: 'manage-queues' }],

  // Roles and tokens.
  ['GET', '/v1/me', 'anyToken'],
  ['POST', '/data/foundation/access-control/acl/effective-policies', 'anyToken'],
  ['GET', '/v1/roles', { anywhere: 'manage-access' }],
  ['POST', '/v1/roles', { anywhere: 'manage-access' }],
  ['GET', '/v1/roles/{name}', { anywhere: 'manage-access' }],
  ['PUT', '/v1/roles/{name}', { anywhere: 'manage-access' }],
  ['DELETE', '/v1/roles/{name}', { anywhere: 'manage-access' }],
  ['GET', '/v1/tokens', { anywhere: 'manage-access' }],
  ['POST', '/v1/tokens', { anywhere: 'manage-access' }],
  ['DELETE', '/v1/tokens/{id}', { anywhere: 'manage-access' }],

  // Flow service and segment definitions.
  ['GET', '/data/foundation/flowservice/connectionSpecs', mayView],
  ['GET', '/data/foundation/flowservice/connectionSpecs/{id}', mayView],
  ['GET', '/data/foundation/flowservice/flowSpecs', mayView],
  ['GET', '/data/foundation/flowservice/flowSpecs/{id}', mayView],
  ['GET', '/data/foundation/flowservice/connections', mayView],
  ['GET', '/data/foundation/flowservice/connections/{id}', mayView],
  ['POST', '/data/foundation/flowservice/connections', { rule: 'connect' }],
  ['PATCH', '/data/foundation/flowservice/connections/{id}', { rule: 'connect' }],
  ['DELETE', '/data/foundation/flowservice/connections/{id}', { rule: 'connect' }],
  ['GET', '/data/foundation/flowservice/sourceConnections', mayView],
  ['GET', '/data/foundation/flowservice/sourceConnections/{id}', mayView],
  ['POST', '/data/foundation/flowservice/sourceConnections', { rule: 'connect' }],
  ['PATCH', '/data/foundation/flowservice/sourceConnections/{id}', { rule: 'connect' }],
  ['DELETE', '/data/foundation/flowservice/sourceConnections/{id}', { rule: 'connect' }],
  ['GET', '/data/foundation/flowservice/targetConnections', mayView],
  ['GET', '/data/foundation/flowservice/targetConnections/{id}', mayView],
  ['POST', '/data/foundation/flowservice/targetConnections', { rule: 'connect' }],
  ['PATCH', '/data/foundation/flowservice/targetConnections/{id}', { rule: 'connect' }],
  ['DELETE', '/data/foundation/flowservice/targetConnections/{id}', { rule: 'connect' }],
  ['GET', '/data/foundation/flowservice/flows', mayView],
  ['GET', '/data/foundation/flowservice/flows/{id}', mayView],
  ['POST', '/data/foundation/flowservice/flows', { rule: 'connect' }],
  ['PATCH', '/data/foundation/flowservice/flows/{id}', { rule: 'activate' }],
  ['POST', '/data/foundation/flowservice/flows/{id}/action', { rule: 'activate' }],
  ['DELETE', '/data/foundation/flowservice/flows/{id}', 'manage-destinations'],
  ['GET', '/data/core/ups/segment/definitions', 'view-segments'],
  ['GET', '/data/core/ups/segment/definitions/{id}', 'view-segments'],
  ['POST', '/data/core/ups/segment/definitions', 'manage-segments'],
  ['PATCH', '/data/core/ups/segment/definitions/{id}', mayChangeSegment],
  ['PUT', '/data/core/ups/segment/definitions/{id}', mayChangeSegment],
  ['DELETE', '/data/core/ups/segment/definitions/{id}', 'manage-segments'],

  // Governance and the organisation.
  ['GET', '/v1/organisation', 'manage-sandboxes'],
  ['PUT', '/v1/organisation', { everywhere: 'manage-sandboxes' }],
  ['PATCH', '/v1/organisation', { everywhere: 'manage-sandboxes' }],
  ['GET', '/data/foundation/dulepolicy/labels/core', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/labels/core/{name}', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/marketingActions/core', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/marketingActions/core/{name}', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/policies/core', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/policies/core/{id}', 'view-data-usage-policies'],
  [
    'GET',
    '/data/foundation/dulepolicy/marketingActions/core/{name}/constraints',
    'view-data-usage-policies',
  ],
  [
    'POST',
    '/data/foundation/dulepolicy/marketingActions/core/{name}/constraints',
    'view-data-usage-policies',
  ],
  ['GET', '/data/foundation/dulepolicy/labels/custom', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/labels/custom/{name}', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/marketingActions/custom', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/marketingActions/custom/{name}', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/policies/custom', 'view-data-usage-policies'],
  ['GET', '/data/foundation/dulepolicy/policies/custom/{id}', 'view-data-usage-policies'],
  [
    'GET',
    '/data/foundation/dulepolicy/marketingActions/custom/{name}/constraints',
    'view-data-usage-policies',
  ],
  [
    'POST',
    '/data/foundation/dulepolicy/marketingActions/custom/{name}/constraints',
    'view-data-usage-policies',
  ],
  [
    'PUT',
    '/data/foundation/dulepolicy/labels/custom/{name}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'PUT',
    '/data/foundation/dulepolicy/marketingActions/custom/{name}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'DELETE',
    '/data/foundation/dulepolicy/marketingActions/custom/{name}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'POST',
    '/data/foundation/dulepolicy/policies/custom',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'PUT',
    '/data/foundation/dulepolicy/policies/custom/{id}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'PATCH',
    '/data/foundation/dulepolicy/policies/custom/{id}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  [
    'DELETE',
    '/data/foundation/dulepolicy/policies/custom/{id}',
    { everywhere: 'manage-data-usage-policies' },
  ],
  ['GET', '/data/foundation/dulepolicy/enabledCorePolicies', 'view-data-usage-policies'],
  [
    'PUT',
    '/data/foundation/dulepolicy/enabledCorePolicies',
    { everywhere: 'manage-data-usage-policies' },
  ],
  ['POST', '/data/foundation/dulepolicy/bulk-eval', 'view-data-usage-policies'],

  // Backfills, runs, exports.
  ['GET', '/v1/backfills', 'data-monitoring'],
  ['GET', '/v1/backfills/{id}', 'data-monitoring'],
  ['POST', '/v1/backfills', { rule: 'activate' }],
  [
    'GET',
    '/data/foundation/flowservice/runs',
    { anyOf: ['data-monitoring', 'view-destinations', 'manage-destinations'] },
  ],
  [
    'GET',
    '/data/foundation/flowservice/runs/{id}',
    { anyOf: ['data-monitoring', 'view-destinations', 'manage-destinations'] },
  ],
  ['GET', '/v1/codes', 'anyToken'],

  // Alerts.
  ['GET', '/v1/alerts', 'view-alerts'],
  ['GET', '/v1/alerts/{id}', 'view-alerts'],
  ['POST', '/v1/alerts/{id}/acknowledge', 'resolve-alerts'],
  ['GET', '/v1/alerts/rules', 'view-alerts'],
  ['GET', '/v1/alerts/rules/{rule}', 'view-alerts'],
  ['PUT', '/v1/alerts/rules/{rule}', 'manage-alerts'],
  ['DELETE', '/v1/alerts/rules/{rule}', 'manage-alerts'],
  ['GET', '/v1/alerts/subscriptions', 'view-alerts'],
  ['POST', '/v1/alerts/subscriptions', 'manage-alerts'],
  ['GET', '/v1/alerts/subscriptions/{id}', 'view-alerts'],
  ['PUT', '/v1/alerts/subscriptions/{id}', 'manage-alerts'],
  ['DELETE', '/v1/alerts/subscriptions/{id}', 'manage-alerts'],
  ['POST', '/v1/alerts/subscriptions/{id}/test', 'manage-alerts'],

  // Audit, privacy, cutover.
  ['POST', '/v1/privacy-requests', 'manage-profiles'],
  ['GET', '/v1/privacy-requests', 'manage-profiles'],
  ['GET', '/v1/privacy-requests/{id}', 'manage-profiles'],
  ['GET', '/v1/audit', { everywhere: 'view-user-activity-log' }],
  ['GET', '/v1/audit/export', { everywhere: 'view-user-activity-log' }],
  ['GET', '/v1/cutovers', 'view-destinations'],
  ['GET', '/v1/cutovers/{id}', 'view-destinations'],
  ['POST', '/v1/cutovers', ['manage-destinations', 'activate-destinations', 'manage-sandboxes']],
  [
    'POST',
    '/v1/cutovers/{id}/switch',
    ['manage-destinations', 'activate-destinations', 'manage-sandboxes'],
  ],
  [
    'DELETE',
    '/v1/cutovers/{id}',
    ['manage-destinations', 'activate-destinations', 'manage-sandboxes'],
  ],
]
