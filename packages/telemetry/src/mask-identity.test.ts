import { expect, test } from 'vitest'
import { maskIdentity } from './mask-identity.ts'

const ecid = 'ECID:12345678901234567890123456789012345678'

test('keeps the namespace and nothing of the id', () => {
  const shown = maskIdentity(ecid)
  expect(shown).toMatch(/^ECID:sha256-[0-9a-f]{12}$/)
  expect(shown).not.toContain('1234')
})

test('shows the same identity alike and different ones apart', () => {
  expect(maskIdentity(ecid)).toBe(maskIdentity(ecid))
  expect(maskIdentity(ecid)).not.toBe(maskIdentity(`${ecid.slice(0, -1)}9`))
})

test('hides a text that is no identity altogether', () => {
  expect(maskIdentity('person@example.com')).toMatch(/^:sha256-[0-9a-f]{12}$/)
})
