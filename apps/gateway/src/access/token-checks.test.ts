import type { TokenGrant } from '@segue/redis'
import { expect, test } from 'vitest'
import { createTokenChecks, knownMs, rememberedInTroubleMs, rememberedMs } from './token-checks.ts'

/** Checks over a store that counts and may fail, on a clock that is moved by hand. */
function counted(grants: Map<string, TokenGrant>): {
  checks: ReturnType<typeof createTokenChecks>
  looked: () => number
  pass: (ms: number) => void
  trouble: (is: boolean) => void
} {
  let looked = 0
  let nowMs = 1_000
  let fails = false
  const checks = createTokenChecks(
    async (token) => {
      looked += 1
      if (fails) throw new Error('Connection is closed.')
      return grants.get(token)
    },
    () => nowMs,
  )
  return {
    checks,
    looked: () => looked,
    pass: (ms) => (nowMs += ms),
    trouble: (is) => (fails = is),
  }
}

const grant: TokenGrant = { id: '1', name: 'one', roles: ['x'], createdAtMs: 0 }

test('a valid token is looked up once for a while, and by all who ask at once together', async () => {
  const { checks, looked, pass } = counted(new Map([['one', grant]]))
  expect(await Promise.all([checks.check('one'), checks.check('one')])).toEqual([grant, grant])
  await checks.check('one')
  expect(looked()).toBe(1)
  pass(rememberedMs)
  expect(await checks.check('one')).toEqual(grant)
  expect(looked()).toBe(2)
})

test('a revocation anywhere counts when that while is over, which is less than a second', async () => {
  const grants = new Map([['one', grant]])
  const { checks, pass } = counted(grants)
  await checks.check('one')
  grants.clear()
  pass(rememberedMs)
  expect(rememberedMs).toBeLessThan(1_000)
  expect(await checks.check('one')).toBeUndefined()
})

test('a token that is not valid is never remembered, nor one that was forgotten or has expired', async () => {
  const grants = new Map([
    ['one', grant],
    ['short', { ...grant, expiresAtMs: 1_500 }],
  ])
  const { checks, looked, pass } = counted(grants)
  expect(await checks.check('other')).toBeUndefined()
  expect(await checks.check('other')).toBeUndefined()
  expect(looked()).toBe(2)
  await checks.check('one')
  checks.forget()
  await checks.check('one')
  expect(looked()).toBe(4)
  expect(await checks.check('short')).toBeDefined()
  pass(500)
  expect(await checks.check('short')).toBeUndefined()
})

test('what is forgotten while it is looked up is looked up again', async () => {
  let found: TokenGrant | undefined = grant
  const checks = createTokenChecks(async () => found)
  const first = checks.check('one')
  found = undefined
  checks.forget()
  await first
  expect(await checks.check('one')).toBeUndefined()
})

test('while tokens cannot be looked up, one that was valid counts for some time, and no other', async () => {
  const { checks, pass, trouble } = counted(new Map([['one', grant]]))
  await checks.check('one')
  trouble(true)
  pass(rememberedMs)
  expect(await checks.check('one')).toEqual(grant)
  await expect(checks.check('two')).rejects.toThrow('closed')
  pass(rememberedInTroubleMs)
  await expect(checks.check('one')).rejects.toThrow('closed')
  trouble(false)
  expect(await checks.check('one')).toEqual(grant)
  expect(await checks.check('two')).toBeUndefined()
})

test('a token is known as long as it was valid lately, and not once it was not', async () => {
  const grants = new Map([['one', grant]])
  const { checks, pass } = counted(grants)
  expect(checks.knows('one')).toBe(false)
  await checks.check('two')
  expect(checks.knows('two')).toBe(false)
  await checks.check('one')
  checks.forget()
  expect(checks.knows('one')).toBe(true)
  pass(knownMs)
  expect(checks.knows('one')).toBe(false)
  await checks.check('one')
  grants.clear()
  pass(rememberedMs)
  await checks.check('one')
  expect(checks.knows('one')).toBe(false)
})

test('what cannot be a token is not looked up, and those remembered are bounded', async () => {
  let looked = 0
  const checks = createTokenChecks(async () => {
    looked += 1
    return grant
  })
  await checks.check('')
  await checks.check('x'.repeat(257))
  await checks.check(`${'x'.repeat(8_200)}.y.z`)
  expect(looked).toBe(0)
  for (let index = 0; index < 1_500; index++) await checks.check(`token-${index}`)
  expect(looked).toBe(1_500)
  expect(checks.knows('token-1499')).toBe(true)
  expect(checks.knows('token-0')).toBe(false)
})
