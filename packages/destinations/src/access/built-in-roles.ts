import type { Permission } from './permissions.ts'
import { allPermissions } from './rights.ts'
import { everySandbox, type Role } from './roles.ts'

/** The role that may do everything everywhere. */
export const administratorRole = 'administrator'

/** Administration of sandboxes, which the platform's role of all access leaves out. */
const sandboxAdministration: readonly Permission[] = [
  'view-sandboxes',
  'manage-sandboxes',
  'reset-sandboxes',
]

/**
 * Roles that need no document and cannot be changed: who may do everything, and the platform's two default roles
 * (`reference/platform.md` §5). That managing access is left out of the second is Segue's **[I]**: on the platform it is the
 * product administrator's.
 *
 * @param productionSandboxes names of the sandboxes that are of type production
 */
export function builtInRoles(productionSandboxes: readonly string[]): readonly Role[] {
  const leftOut: readonly Permission[] = [...sandboxAdministration, 'manage-access']
  return [
    {
      name: administratorRole,
      description: 'Everything, in all sandboxes.',
      permissions: allPermissions,
      sandboxes: [everySandbox],
    },
    {
      name: 'Default production all access',
      description:
        'Everything but administration of sandboxes and access, in production sandboxes.',
      permissions: allPermissions.filter((permission) => !leftOut.includes(permission)),
      sandboxes: productionSandboxes,
    },
    {
      name: 'Sandbox Administrators',
      description: 'Administration of sandboxes, and of what the organisation has set.',
      permissions: sandboxAdministration,
      sandboxes: [everySandbox],
    },
  ]
}
