import { permissions } from '@segue/destinations'
import type { Permission } from '@segue/destinations'

/** What a token with this grant is allowed. A name that is not known allows nothing. */
export function allows(granted: readonly string[], permission: Permission): boolean {
  return granted.includes('admin') || granted.includes(permission)
}

/**
 * What a route asks for: one permission, or each of several. `connect` and `activate` follow the organisation's rule
 * (`reference/platform.md` §5).
 */
export type Needs = Permission | readonly Permission[] | { readonly rule: 'connect' | 'activate' }

/** Who may use a route: anybody, whoever has a valid token, or whoever has what it needs. */
export type Access = 'anybody' | 'anyToken' | Needs

/** The permissions that a route asks for. */
export function permissionsOf(needs: Needs): readonly Permission[] {
  if (typeof needs === 'string') return [needs]
  if (!('rule' in needs)) return needs
  return needs.rule === 'connect'
    ? ['manage-destinations']
    : ['manage-destinations', 'activate-destinations', 'view-profiles', 'view-segments']
}

/** The permissions as README shows them. */
export function permissionsMarkdown(): string {
  const rows = Object.entries(permissions).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  return ['| permission | allows to |', '| --- | --- |', ...rows].join('\n')
}
