import { expect, test } from 'vitest'
import { configure } from '../configuration/configure.ts'
import { memoryConfiguration } from '../testing/memory-configuration.ts'
import { administratorRole, builtInRoles } from './built-in-roles.ts'
import { rightsOf } from './rights.ts'
import { createRole, deleteRole, replaceRole, rolesLimit } from './role-commands.ts'
import type { RoleContext } from './role-commands.ts'
import type { Role } from './roles.ts'

const builtIn = builtInRoles(['prod'])
const all: RoleContext = { rights: rightsOf(builtIn.slice(0, 1)), builtIn }
const some: RoleContext = {
  rights: rightsOf([{ permissions: ['view-profiles', 'manage-access'], sandboxes: ['dev'] }]),
  builtIn,
}
const role: Role = {
  name: 'Viewers',
  description: '',
  permissions: ['view-profiles'],
  sandboxes: ['dev'],
}

type Run = <Answer>(decide: Parameters<typeof configure<Answer>>[2]) => Promise<Answer>
function organisation(): Run {
  let ids = 0
  const ports = { store: memoryConfiguration()(), nowMs: () => 1, newId: () => `${(ids += 1)}` }
  return (decide) => configure(ports, { name: 'ana' }, decide)
}
const refused = (code: string): unknown => expect.objectContaining({ code })

test('a role is made, replaced by its etag, and deleted', async () => {
  const run = organisation()
  const made = await run((before) => createRole(before, all, role))
  expect(made.value).toEqual(role)
  const wider: Role = { ...role, sandboxes: ['*'] }
  await expect(run((before) => replaceRole(before, all, wider, '"x"'))).rejects.toEqual(
    refused('ETAG_STALE'),
  )
  await expect(run((before) => replaceRole(before, all, wider, undefined))).rejects.toEqual(
    refused('IF_MATCH_MISSING'),
  )
  const replaced = await run((before) => replaceRole(before, all, wider, made.etag))
  expect(replaced.value).toEqual(wider)
  const { name } = role
  for (const [wanted, code] of [
    [{ name, usedBy: 1, ifMatch: undefined }, 'ROLE_IN_USE'],
    [{ name, usedBy: 0, ifMatch: made.etag }, 'ETAG_STALE'],
    [{ name: 'viewers', usedBy: 0, ifMatch: undefined }, 'ROLE_UNKNOWN'],
  ] as const) {
    await expect(run((before) => deleteRole(before, all, wanted))).rejects.toEqual(refused(code))
  }
  await run((before) => deleteRole(before, all, { name, usedBy: 0, ifMatch: replaced.etag }))
  await expect(run((before) => replaceRole(before, all, role, made.etag))).rejects.toEqual(
    refused('ROLE_UNKNOWN'),
  )
})

test('no two roles have names that differ by case alone, and built-in ones stay', async () => {
  const run = organisation()
  await run((before) => createRole(before, all, role))
  for (const name of ['Viewers', 'VIEWERS', 'Administrator', 'sandbox administrators']) {
    await expect(run((before) => createRole(before, all, { ...role, name }))).rejects.toEqual(
      refused('ROLE_EXISTS'),
    )
  }
  for (const { name } of builtIn) {
    const own = { ...role, name }
    await expect(run((before) => replaceRole(before, all, own, '"x"'))).rejects.toEqual(
      refused('ROLE_BUILT_IN'),
    )
    const wanted = { name, usedBy: 0, ifMatch: undefined }
    await expect(run((before) => deleteRole(before, all, wanted))).rejects.toEqual(
      refused('ROLE_BUILT_IN'),
    )
  }
})

test('nobody gives, changes or takes away what he does not have', async () => {
  const run = organisation()
  const exceeded = refused('RIGHTS_EXCEEDED')
  const more: readonly Partial<Role>[] = [
    { permissions: ['view-profiles', 'view-segments'] },
    { sandboxes: ['dev', 'prod'] },
    { sandboxes: ['*'] },
  ]
  for (const one of more) {
    await expect(run((before) => createRole(before, some, { ...role, ...one }))).rejects.toEqual(
      exceeded,
    )
  }
  let { etag } = await run((before) => createRole(before, some, role))
  for (const one of more) {
    const given = { ...role, ...one }
    await expect(run((before) => replaceRole(before, some, given, etag))).rejects.toEqual(exceeded)
  }
  ;({ etag } = await run((before) => replaceRole(before, all, { ...role, ...more[0] }, etag)))
  // Nor does he make less of it.
  await expect(run((before) => replaceRole(before, some, role, etag))).rejects.toEqual(exceeded)
  const wanted = { name: role.name, usedBy: 0, ifMatch: undefined }
  await expect(run((before) => deleteRole(before, some, wanted))).rejects.toEqual(exceeded)
  expect(builtIn[0]?.name).toBe(administratorRole)
})

test('an organisation has no more roles than it may', async () => {
  const run = organisation()
  await run(() => ({
    writes: Array.from({ length: rolesLimit }, (_, index) => ({
      kind: 'role' as const,
      id: `${index}`,
      value: { ...role, name: `${index}` },
    })),
    answer: () => undefined,
  }))
  await expect(run((before) => createRole(before, all, role))).rejects.toEqual(
    refused('ROLE_LIMIT'),
  )
})
