import { permissions } from '@segue/destinations'
import type { Needs } from '@segue/destinations'

/** Who may use a route: anybody, whoever has a valid token, or whoever has what it needs. */
export type Access = 'anybody' | 'anyToken' | Needs

/** The permissions as README shows them. */
export function permissionsMarkdown(): string {
  const rows = Object.entries(permissions).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  return ['| permission | allows to |', '| --- | --- |', ...rows].join('\n')
}
