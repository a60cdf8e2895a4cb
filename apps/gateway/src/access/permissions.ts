/** What a token may allow. `admin` stands for all of them. */
export const permissions = {
  'profiles.write': 'Send profile updates.',
  'profiles.read': 'See what is known of a profile, and dead letters: both show identities.',
  'status.read': 'See status, dataflows and how solutions are doing.',
  'dataflows.write': 'Create and change dataflows.',
  'queues.read': 'Look into the queues.',
  'queues.write': 'Retry, remove and pause in the queues.',
  'metrics.read': 'Read the metrics.',
} as const

export type Permission = keyof typeof permissions

/** What a token with this grant is allowed. A name that is not known allows nothing. */
export function allows(granted: readonly string[], permission: Permission): boolean {
  return granted.includes('admin') || granted.includes(permission)
}

/** Who may use a route: anybody, whoever has a valid token, or a token with this permission. */
export type Access = 'anybody' | 'anyToken' | Permission

/** The permissions as README shows them. */
export function permissionsMarkdown(): string {
  const rows = Object.entries(permissions).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  return ['| permission | allows to |', '| --- | --- |', ...rows].join('\n')
}
