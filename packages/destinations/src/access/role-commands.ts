import type { Configuration } from '../configuration/configuration.ts'
import { checkEtag, type Decision } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { refuseExceeding } from './granting.ts'
import type { Rights } from './rights.ts'
import type { Role } from './roles.ts'

/** Most roles of an organisation. */
export const rolesLimit = 1_000

/** Who changes roles, and which there are beside those of documents. */
export interface RoleContext {
  readonly rights: Rights
  readonly builtIn: readonly Role[]
}

/** @throws Refusal ROLE_EXISTS; ROLE_LIMIT; RIGHTS_EXCEEDED */
export function createRole(
  configuration: Configuration,
  { rights, builtIn }: RoleContext,
  role: Role,
): Decision<Document<'role'>> {
  const all = configuration.all('role')
  // Names that differ by case alone would be taken for each other, by people and by who names roles in a token's claims.
  const names = [...builtIn, ...all.map(({ value }) => value)].map(({ name }) => name.toLowerCase())
  if (names.includes(role.name.toLowerCase())) {
    throw new Refusal('ROLE_EXISTS', 'there is a role of this name, in these or other cases')
  }
  if (all.length >= rolesLimit) {
    throw new Refusal('ROLE_LIMIT', `an organisation has at most ${rolesLimit} roles`)
  }
  refuseExceeding(rights, [role])
  return { writes: [{ kind: 'role', id: role.name, value: role }], answer: roleOf(role.name) }
}

/**
 * Replaces what a role binds; its name stays.
 * @throws Refusal ROLE_UNKNOWN; ROLE_BUILT_IN; IF_MATCH_MISSING; ETAG_STALE; RIGHTS_EXCEEDED
 */
export function replaceRole(
  configuration: Configuration,
  { rights, builtIn }: RoleContext,
  role: Role,
  ifMatch: string | undefined,
): Decision<Document<'role'>> {
  const present = changeable(configuration, builtIn, role.name)
  checkEtag(present, ifMatch)
  refuseExceeding(rights, [present.value, role])
  return { writes: [{ kind: 'role', id: role.name, value: role }], answer: roleOf(role.name) }
}

/**
 * @param usedBy how many tokens have the role
 * @throws Refusal ROLE_UNKNOWN; ROLE_BUILT_IN; ETAG_STALE; ROLE_IN_USE; RIGHTS_EXCEEDED
 */
export function deleteRole(
  configuration: Configuration,
  { rights, builtIn }: RoleContext,
  { name, usedBy, ifMatch }: { name: string; usedBy: number; ifMatch: string | undefined },
): Decision<void> {
  const present = changeable(configuration, builtIn, name)
  if (ifMatch !== undefined) checkEtag(present, ifMatch)
  refuseExceeding(rights, [present.value])
  if (usedBy > 0) throw new Refusal('ROLE_IN_USE', `${usedBy} tokens have this role`)
  return { writes: [{ kind: 'role', id: name, value: undefined }], answer: () => undefined }
}

function changeable(
  configuration: Configuration,
  builtIn: readonly Role[],
  name: string,
): Document<'role'> {
  if (builtIn.some((role) => role.name === name)) {
    throw new Refusal('ROLE_BUILT_IN', 'a built-in role stays as it is')
  }
  const document = configuration.get('role', name)
  if (document === undefined) throw new Refusal('ROLE_UNKNOWN', 'there is no role of this name')
  return document
}

function roleOf(name: string): (after: Configuration) => Document<'role'> {
  return (after) => {
    const document = after.get('role', name)
    if (document === undefined) throw new Refusal('ROLE_UNKNOWN', 'the role was deleted meanwhile')
    return document
  }
}
