import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { isPermission, type Permission } from './permissions.ts'
import type { Rights } from './rights.ts'
import type { Role } from './roles.ts'

/** A permission in a sandbox, or in all (`*`). */
export interface Grant {
  readonly permission: Permission
  readonly sandbox: string
}

/** What is shown of a list that may be long. */
const shownMax = 10

/** Roles by their names: the built-in ones first, then those of documents. Names that are no role's are left out. */
export function rolesNamed(
  configuration: Configuration,
  builtIn: readonly Role[],
  names: readonly string[],
): readonly Role[] {
  return names.flatMap((name) => roleNamed(configuration, builtIn, name) ?? [])
}

export function roleNamed(
  configuration: Configuration,
  builtIn: readonly Role[],
  name: string,
): Role | undefined {
  return builtIn.find((role) => role.name === name) ?? configuration.get('role', name)?.value
}

/** What these roles give that somebody does not have himself. */
export function exceeding(
  rights: Rights,
  roles: readonly Pick<Role, 'permissions' | 'sandboxes'>[],
): readonly Grant[] {
  return roles.flatMap(({ permissions, sandboxes }) =>
    sandboxes.flatMap((sandbox) =>
      permissions
        .filter(isPermission)
        .filter((permission) => !rights.has(permission, sandbox))
        .map((permission) => ({ permission, sandbox })),
    ),
  )
}

/**
 * Nobody gives, changes or takes away what he does not have: else who manages access could do anything.
 * @throws Refusal RIGHTS_EXCEEDED
 */
export function refuseExceeding(
  rights: Rights,
  roles: readonly Pick<Role, 'permissions' | 'sandboxes'>[],
): void {
  const lacking = exceeding(rights, roles)
  const [first] = lacking
  if (first === undefined) return
  const more = lacking.length > 1 ? `, and ${lacking.length - 1} more` : ''
  throw new Refusal(
    'RIGHTS_EXCEEDED',
    `you do not have ${first.permission} in ${first.sandbox === '*' ? 'all sandboxes' : first.sandbox} yourself${more}`,
    { lacking: lacking.slice(0, shownMax) },
  )
}
