import { expect, test } from 'vitest'
import { Secret } from './secret.ts'
import { tokenCache } from './token.ts'
import type { TokenFetch, TokenOutcome } from './token.ts'
import { misconfigured, refusal, retrySolution } from './verdict.ts'

/** A token server whose answers are listed; the last one repeats. */
function server(...answers: readonly TokenFetch[]) {
  const state = { asked: 0, nowMs: 1_000_000 }
  const fetch = async (): Promise<TokenFetch> => {
    const answer = answers[Math.min(state.asked, answers.length - 1)]
    state.asked += 1
    // A real fetch answers in a later turn: callers meanwhile pile up.
    await new Promise((resolve) => setImmediate(resolve))
    if (answer === undefined) throw new Error('the server has no answer')
    return answer
  }
  const cache = tokenCache({ fetch, nowMs: () => state.nowMs, limits: { shortlyMs: 1 } })
  return { state, cache }
}

function granted(value: string, expiresInMs = 3_600_000): TokenFetch {
  return { kind: 'token', secret: new Secret(value), expiresInMs }
}

const busy: TokenFetch = {
  kind: 'refused',
  refusal: refusal('BUSY', retrySolution(10, true)),
}

function tokenOf(outcome: TokenOutcome | undefined) {
  if (outcome?.kind !== 'token') throw new Error('no token')
  return outcome.token
}

const hundred = Array.from({ length: 100 }, (_, index) => index)

test('a hundred callers at once cause one fetch and share its token', async () => {
  const { cache, state } = server(granted('T1'))
  const outcomes = await Promise.all(hundred.map(() => cache.get()))
  expect(state.asked).toBe(1)
  expect(new Set(outcomes.map(tokenOf)).size).toBe(1)
})

test('a hundred calls refused with one token cause one fetch, and its successor stays', async () => {
  const { cache, state } = server(granted('T1'), granted('T2'))
  const first = tokenOf(await cache.get())
  const again = await Promise.all(
    hundred.map(async () => {
      cache.invalidate(first)
      return tokenOf(await cache.get())
    }),
  )
  for (const _ of hundred) cache.invalidate(first)
  expect(state.asked).toBe(2)
  expect(new Set(again.map((token) => token.secret.reveal()))).toEqual(new Set(['T2']))
  expect(tokenOf(await cache.get())).toBe(again[0])
  expect(state.asked).toBe(2)
})

test('a server that gives the same value again is asked once all the same', async () => {
  const { cache, state } = server(granted('T1'))
  const first = tokenOf(await cache.get())
  for (const _ of hundred) {
    cache.invalidate(first)
    await cache.get()
  }
  expect(state.asked).toBe(2)
})

test('a token is renewed before it expires, and not in the first nine tenths of its life', async () => {
  const { cache, state } = server(granted('T1', 3_600_000), granted('T2', 10_000))
  await cache.get()
  state.nowMs += 3_600_000 - 60_001
  expect(tokenOf(await cache.get()).secret.reveal()).toBe('T1')
  state.nowMs += 2
  expect(tokenOf(await cache.get()).secret.reveal()).toBe('T2')
  state.nowMs += 8_999
  await cache.get()
  expect(state.asked).toBe(2)
})

test('a renewal that fails leaves the old token in use until it expires', async () => {
  const { cache, state } = server(granted('T1', 100_000), busy)
  await cache.get()
  state.nowMs += 95_000
  expect(tokenOf(await cache.get()).secret.reveal()).toBe('T1')
  state.nowMs += 5_000
  expect(await cache.get()).toMatchObject({ kind: 'refused', refusal: { code: 'BUSY' } })
})

test('expires_in 0 is asked again shortly, a bounded number of times', async () => {
  const once = server(granted('T0', 0), granted('T1'))
  expect(tokenOf(await once.cache.get()).secret.reveal()).toBe('T1')
  const ever = server(granted('T0', 0))
  expect(await ever.cache.get()).toMatchObject({
    kind: 'refused',
    refusal: { status: 'retry', code: 'TOKEN_ALREADY_EXPIRED', scope: 'solution', inDoubt: false },
  })
  expect(ever.state.asked).toBe(3)
})

test('after a refusal nobody asks until the hold is over, and the hold doubles', async () => {
  const { cache, state } = server(busy)
  await cache.get()
  await Promise.all(hundred.map(() => cache.get()))
  expect(state.asked).toBe(1)
  state.nowMs += 1_000
  await cache.get()
  expect(state.asked).toBe(2)
  state.nowMs += 1_999
  expect(await cache.get()).toMatchObject({ refusal: { afterMs: 10, inDoubt: false } })
  expect(state.asked).toBe(2)
  state.nowMs += 1
  await cache.get()
  expect(state.asked).toBe(3)
})

test('a wrong secret is told as it is', async () => {
  const wrong = refusal('CREDENTIALS_REFUSED', misconfigured('clientSecret'))
  const { cache } = server({ kind: 'refused', refusal: wrong })
  expect(await cache.get()).toEqual({ kind: 'refused', refusal: wrong })
})
