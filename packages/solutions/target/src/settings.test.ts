import { expect, test } from 'vitest'
import { targetSettings } from './settings.ts'

const least = {
  clientCode: 'acme',
  tenant: 'acmetenant',
  clientId: 'id',
  clientSecret: 'secret',
}

function problem(given: object): string | undefined {
  const result = targetSettings.safeParse({ ...least, ...given })
  return result.error?.issues[0]?.path.join('.')
}

test('four settings are enough', () => {
  expect(targetSettings.parse(least)).toMatchObject({
    mbox3rdPartyIdNamespace: 'email_lc_sha256',
    profileAuthentication: 'none',
    refreshAfterDays: 7,
    maxConcurrentEcidCalls: 20,
  })
})

test.each([
  ['EMAIL_LC_SHA256', 'email_lc_sha256'],
  ['gaid', 'GAID'],
  [' CrmId ', 'crmid'],
])('the namespace %j is spelled %s', (given, canonical) => {
  expect(targetSettings.parse({ ...least, mbox3rdPartyIdNamespace: given })).toMatchObject({
    mbox3rdPartyIdNamespace: canonical,
  })
})

test.each([
  ['both ways off', { bulkUpdates: false, ecidUpdates: false }, 'bulkUpdates'],
  ['a token that is not used', { profileToken: 't' }, 'profileToken'],
  ['no token', { profileAuthentication: 'token' }, 'profileToken'],
  ['raw e-mail', { mbox3rdPartyIdNamespace: 'Email' }, 'mbox3rdPartyIdNamespace'],
  ['the mbox of every page', { mbox: 'target-global-mbox' }, 'mbox'],
  ['files over Target’s bound', { maxFileBytes: 50_000_000 }, 'maxFileBytes'],
  ['rows over Target’s bound', { maxFileRows: 500_001 }, 'maxFileRows'],
  ['an address in place of a code', { clientCode: 'acme.tt.omtrdc.net/x' }, 'clientCode'],
  ['a workspace by its name', { workspace: 'Default' }, 'workspace'],
])('%s is refused', (_what, given, path) => {
  expect(problem(given)).toBe(path)
})

test('secrets do not print', () => {
  const settings = targetSettings.parse({
    ...least,
    profileAuthentication: 'token',
    profileToken: 'tok3n',
  })
  expect(JSON.stringify(settings)).not.toMatch(/"secret"|tok3n/)
})
