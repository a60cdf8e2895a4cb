import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { administratorRole, builtInRoles } from './built-in-roles.ts'
import { effectivePolicies } from './effective-policies.ts'
import { exceeding } from './granting.ts'
import type { Needs } from './needs.ts'
import { permissions, type Permission } from './permissions.ts'
import { allPermissions, missingOf, rightsOf } from './rights.ts'

const sandboxes = ['prod', 'dev', 'stage']
const role = fc.record({
  permissions: fc.uniqueArray(fc.constantFrom(...allPermissions.slice(0, 6)), { maxLength: 3 }),
  sandboxes: fc.uniqueArray(fc.constantFrom(...sandboxes, '*'), { maxLength: 2 }),
})
const roles = fc.array(role, { maxLength: 5 })
const runs = { seed: 4, numRuns: 500 }

test('a permission counts where one role has both it and the sandbox, and nowhere else', () => {
  fc.assert(
    fc.property(
      roles,
      fc.constantFrom(...sandboxes, 'later'),
      fc.constantFrom(...allPermissions.slice(0, 6)),
      (held, sandbox, permission) => {
        let expected = false
        for (const one of held) {
          const reaches = one.sandboxes.includes(sandbox) || one.sandboxes.includes('*')
          if (reaches && one.permissions.includes(permission)) expected = true
        }
        const rights = rightsOf(held)
        expect(rights.has(permission, sandbox)).toBe(expected)
        expect(rights.permissionsIn(sandbox).includes(permission)).toBe(expected)
      },
    ),
    runs,
  )
})

test('one more role never takes anything away', () => {
  fc.assert(
    fc.property(roles, role, (held, more) => {
      const [before, after] = [rightsOf(held), rightsOf([...held, more])]
      for (const sandbox of [...sandboxes, '*']) {
        for (const permission of before.permissionsIn(sandbox)) {
          expect(after.has(permission, sandbox)).toBe(true)
        }
      }
    }),
    runs,
  )
})

test('nothing exceeds somebody exactly where it would give him nothing new', () => {
  fc.assert(
    fc.property(roles, role, (held, given) => {
      const [before, after] = [rightsOf(held), rightsOf([...held, given])]
      const isNew = [...sandboxes, 'later'].some((sandbox) =>
        allPermissions.some((one) => after.has(one, sandbox) && !before.has(one, sandbox)),
      )
      const lacking = exceeding(before, [given])
      // Each sandbox held by itself is less than all of them, those to come too.
      expect(isNew && lacking.length === 0).toBe(false)
      for (const { permission, sandbox } of lacking) {
        expect(before.has(permission, sandbox)).toBe(false)
        expect(after.has(permission, sandbox)).toBe(true)
      }
    }),
    runs,
  )
})

test('names that are no permission, and objects’ own, allow nothing', () => {
  const rights = rightsOf([
    {
      permissions: ['admin', '*', 'toString', '__proto__'] as unknown as Permission[],
      sandboxes: ['*'],
    },
  ])
  for (const sandbox of ['prod', '*', 'toString']) expect(rights.permissionsIn(sandbox)).toEqual([])
})

const place = { sandbox: 'prod', sandboxes: ['prod', 'dev'], rule: 'seed' } as const
function missing(
  needs: Needs,
  granted: readonly Permission[],
  where: readonly string[] = ['*'],
  rule: 'seed' | 'latest' = 'seed',
): readonly Permission[] {
  return missingOf(rightsOf([{ permissions: granted, sandboxes: where }]), needs, {
    ...place,
    rule,
  })
}

test('connecting and activating ask for what the edition says', () => {
  const [connect, activate] = [{ rule: 'connect' }, { rule: 'activate' }] as const
  const seen: Permission[] = ['view-profiles', 'view-segments']
  expect(missing(connect, [])).toEqual(['manage-destinations'])
  expect(missing(connect, ['manage-destinations'])).toEqual([])
  expect(missing(connect, ['manage-destinations'], ['*'], 'latest')).toEqual(['view-destinations'])
  expect(missing(connect, ['view-destinations'], ['*'], 'latest')).toEqual(['manage-destinations'])
  expect(missing(activate, [])).toEqual(['manage-destinations', 'activate-destinations', ...seen])
  expect(missing(activate, ['manage-destinations', 'activate-destinations', ...seen])).toEqual([])
  const without: Permission[] = ['activate-segment-without-mapping', ...seen]
  expect(missing(activate, ['manage-destinations', ...without])).toEqual(['activate-destinations'])
  expect(missing(activate, ['view-destinations', ...without], ['*'], 'latest')).toEqual([])
  expect(missing(activate, ['manage-destinations', ...seen], ['*'], 'latest')).toEqual([
    'view-destinations',
    'activate-destinations',
  ])
})

test('what concerns the organisation asks for the permission anywhere, or everywhere', () => {
  const anywhere = { anywhere: 'manage-access' } as const
  const everywhere = { everywhere: 'manage-sandboxes' } as const
  const granted: Permission[] = ['manage-access', 'manage-sandboxes']
  expect(missing(anywhere, granted, ['dev'])).toEqual([])
  expect(missing(anywhere, granted, ['elsewhere'])).toEqual(['manage-access'])
  expect(missing(everywhere, granted, ['dev'])).toEqual(['manage-sandboxes'])
  expect(missing(everywhere, granted, ['dev', 'prod'])).toEqual([])
  expect(missing(everywhere, granted, ['*'])).toEqual([])
})

test('the built-in roles allow what the platform’s do', () => {
  const [administrator, production, ofSandboxes] = builtInRoles(['prod']).map((one) =>
    rightsOf([one]),
  )
  expect(builtInRoles(['prod'])[0]?.name).toBe(administratorRole)
  const administration = ['view-sandboxes', 'manage-sandboxes', 'reset-sandboxes']
  expect(administrator?.permissionsIn('any')).toEqual(Object.keys(permissions))
  expect(production?.permissionsIn('dev')).toEqual([])
  expect(production?.permissionsIn('prod')).toEqual(
    Object.keys(permissions).filter((one) => ![...administration, 'manage-access'].includes(one)),
  )
  expect(ofSandboxes?.permissionsIn('dev')).toEqual(administration)
})

test('effective policies tell what is held, and leave out the rest', () => {
  const held: Permission[] = ['view-destinations', 'manage-segments', 'view-segments']
  const asked = [
    '/permissions/view-destinations',
    '/permissions/manage-destinations',
    '/permissions/no-such',
    '/resource-types/segments',
    '/resource-types/activation',
    '/resource-types/profiles',
    '/resource-types/constructor',
    'view-destinations',
  ]
  expect(effectivePolicies(asked, (permission) => held.includes(permission))).toEqual({
    '/permissions/view-destinations': ['*'],
    '/resource-types/segments': ['read', 'write', 'delete'],
    '/resource-types/activation': ['read'],
  })
})
