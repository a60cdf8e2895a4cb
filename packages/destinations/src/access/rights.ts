import { alternativesOf, type Needs, type PermissionRule } from './needs.ts'
import { isPermission, permissions, type Permission } from './permissions.ts'
import { everySandbox, type Role } from './roles.ts'

/** What somebody may do: the union of roles. A permission counts in a sandbox where one of the roles has both. */
export interface Rights {
  /** @param sandbox a name, or `*`: in all, those that will be made later too */
  readonly has: (permission: Permission, sandbox: string) => boolean
  /** The permissions in a sandbox, in the order in which they are documented. */
  readonly permissionsIn: (sandbox: string) => readonly Permission[]
}

/** @param roles what they name and is no permission allows nothing */
export function rightsOf(roles: readonly Pick<Role, 'permissions' | 'sandboxes'>[]): Rights {
  const bySandbox = new Map<string, Set<string>>()
  for (const role of roles) {
    for (const sandbox of role.sandboxes) {
      const held = bySandbox.get(sandbox) ?? new Set<string>()
      for (const permission of role.permissions) held.add(permission)
      bySandbox.set(sandbox, held)
    }
  }
  const has = (permission: Permission, sandbox: string): boolean =>
    bySandbox.get(everySandbox)?.has(permission) === true ||
    bySandbox.get(sandbox)?.has(permission) === true
  return {
    has,
    permissionsIn: (sandbox) => allPermissions.filter((permission) => has(permission, sandbox)),
  }
}

/** All that there are. */
export const allPermissions: readonly Permission[] = Object.keys(permissions).filter(isPermission)

/** Where something is done. */
export interface Place {
  /** The sandbox that it concerns. */
  readonly sandbox: string
  /** All that there are. */
  readonly sandboxes: readonly string[]
  readonly rule: PermissionRule
}

/**
 * What somebody lacks to do something: nothing, if he may.
 * @returns of alternatives that are all lacking the first
 */
export function missingOf(rights: Rights, needs: Needs, place: Place): readonly Permission[] {
  const { sandbox, sandboxes, rule } = place
  if (typeof needs === 'object' && 'anywhere' in needs) {
    const held = [everySandbox, ...sandboxes].some((name) => rights.has(needs.anywhere, name))
    return held ? [] : [needs.anywhere]
  }
  if (typeof needs === 'object' && 'everywhere' in needs) {
    const held = sandboxes.every((name) => rights.has(needs.everywhere, name))
    return held ? [] : [needs.everywhere]
  }
  return alternativesOf(needs, rule).flatMap((group) =>
    group.some((permission) => rights.has(permission, sandbox)) ? [] : group.slice(0, 1),
  )
}
