/**
 * What a role may allow. The names are Experience Platform's own (`reference/platform.md` §5), as slugs; those marked Segue's
 * are about what only Segue has.
 */
export const permissions = {
  'view-destinations': 'Read the catalog, connections and flows.',
  'manage-destinations': 'Read, create and delete connections and flows.',
  'activate-destinations': 'Activate segments to connections that are there.',
  'activate-segment-without-mapping': 'Add and remove segments of flows, without a mapping step.',
  'manage-and-activate-dataset-destinations': 'Dataset exports. Segue has none.',
  'destination-authoring': 'Destination SDK. Segue has none.',
  'view-profiles': 'See what is known of a profile, and dead letters: both show identities.',
  'manage-profiles': 'Have a profile erased.',
  'view-segments': 'Read segment definitions.',
  'manage-segments': 'Register, rename and delete segment definitions.',
  'export-audience-for-segment': 'Batch exports. Segue has none.',
  'evaluate-segment-to-audience': 'Batch evaluation. Segue has none.',
  'view-merge-policies': 'Merge policies. Segue has none.',
  'manage-merge-policies': 'Merge policies. Segue has none.',
  'view-identity-namespaces': 'Read identity namespaces.',
  'manage-identity-namespaces': 'Identity namespaces are fixed in Segue.',
  'view-identity-graph': 'Identity graph. Segue has none.',
  'apply-data-usage-labels': 'Put labels on segments.',
  'view-data-usage-policies': 'Read policies and marketing actions, and evaluate them.',
  'manage-data-usage-policies': 'Create, change, enable and delete policies.',
  'view-user-activity-log': 'Read the audit.',
  'view-alerts': 'Read alerts and subscriptions.',
  'manage-alerts': 'Create, change and delete subscriptions to alerts.',
  'resolve-alerts': 'Acknowledge alerts.',
  'view-alerts-history': 'Read alerts that are over.',
  'data-monitoring': 'See status, dataflow runs, backfills and how solutions are doing.',
  'view-sandboxes': 'Read sandboxes.',
  'manage-sandboxes': "Change the organisation's entitlements and settings.",
  'reset-sandboxes': 'Resetting a sandbox. Segue does not offer it.',
  'stream-profiles': "Send profile updates. Segue's.",
  'view-queues': "Look into the queues. Segue's.",
  'manage-queues': "Retry, remove and pause in the queues. Segue's.",
  'view-metrics': "Read the metrics. Segue's.",
  'manage-access': "Create and change roles, issue and revoke tokens. Segue's.",
} as const

export type Permission = keyof typeof permissions

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name)
}
