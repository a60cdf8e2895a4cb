import { expect, test } from 'vitest'
import { Secret, refusal, retrySolution } from '@segue/solution-kit'
import type { AdminOutcome } from './admin-client.ts'
import { fixedProfileToken, generatedProfileToken, noProfileToken } from './profile-token.ts'
import type { ProfileToken } from './profile-token.ts'

async function held(token: ProfileToken) {
  const outcome = await token.get()
  if (outcome.kind !== 'token') throw new Error(outcome.kind)
  return outcome.token
}

function generated(answer?: AdminOutcome) {
  const at = { nowMs: 0, made: 0 }
  const token = generatedProfileToken(
    () => {
      at.made += 1
      const body = { accessToken: `t${at.made}`, tokenType: 'bearer', expiresIn: 86_400 }
      return Promise.resolve(answer ?? { kind: 'answer', body })
    },
    () => at.nowMs,
  )
  return { token, at }
}

test('without authentication no token goes out, and a refusal says to switch it on', async () => {
  expect(await noProfileToken.get()).toEqual({ kind: 'none' })
  expect(noProfileToken.refusal).toMatchObject({ setting: 'profileAuthentication' })
})

test('a given token is used as it is, and a refusal names its setting', async () => {
  const token = fixedProfileToken(new Secret('s3cret'))
  const mine = await held(token)
  expect(mine.secret.reveal()).toBe('s3cret')
  expect(token.refused(mine)).toBe(false)
  expect(await held(token)).toBe(mine)
  expect(token.refusal).toMatchObject({ status: 'misconfigured', setting: 'profileToken' })
})

test('one token is made for all, until it is over', async () => {
  const { token, at } = generated()
  await Promise.all([held(token), held(token), held(token)])
  expect(at.made).toBe(1)
  at.nowMs = 86_400_000
  await held(token)
  expect(at.made).toBe(2)
})

test('a refused one is replaced once, however many calls met it', async () => {
  const { token, at } = generated()
  const first = await held(token)
  const met = Array.from({ length: 5 }, () => token.refused(first))
  expect(met).toEqual(met.map(() => true))
  const second = await held(token)
  expect(second).not.toBe(first)
  expect(at.made).toBe(2)
})

test('two owners do not take it from each other for ever, and it goes on once they are one', async () => {
  const { token, at } = generated()
  const again: boolean[] = []
  for (let time = 0; time < 3; time += 1) again.push(token.refused(await held(token)))
  expect(again).toEqual([true, true, false])
  for (let time = 0; time < 5; time += 1) {
    expect(await token.get()).toMatchObject({
      refusal: { code: 'PROFILE_TOKEN_CONTENDED', setting: 'profileAuthentication' },
    })
  }
  expect(at.made).toBe(3)
  at.nowMs = 3_600_000
  await held(token)
  expect(at.made).toBe(4)
})

test('trouble of the Admin API puts no row in doubt', async () => {
  const { token } = generated({
    kind: 'refused',
    refusal: refusal('TARGET_FAILED', retrySolution(5_000, true)),
  })
  expect(await token.get()).toMatchObject({ kind: 'refused', refusal: { inDoubt: false } })
})

test('an answer without a token is unreadable', async () => {
  const { token } = generated({ kind: 'answer', body: { token: 'x' } })
  expect(await token.get()).toMatchObject({ refusal: { code: 'TOKEN_ANSWER_UNREADABLE' } })
})
