import { expect, test } from 'vitest'
import { Secret } from './secret.ts'
import { tokenCache } from './token.ts'
import type { TokenFetch } from './token.ts'
import { refusal, retrySolution } from './verdict.ts'
import { withToken } from './with-token.ts'

/** A server that takes some tokens only: T1, T2, … in the order in which they are fetched. */
function serverTaking(...taken: readonly string[]) {
  const sent: string[] = []
  let fetched = 0
  const tokens = tokenCache({
    fetch: () => {
      fetched += 1
      const secret = new Secret(`T${fetched}`)
      return Promise.resolve({ kind: 'token', secret, expiresInMs: 3_600_000 })
    },
  })
  const call = () =>
    withToken(
      tokens,
      (answer) => answer === 401,
      (secret) => {
        sent.push(secret.reveal())
        return Promise.resolve(taken.includes(secret.reveal()) ? 200 : 401)
      },
    )
  return { call, sent }
}

test('a token that is taken goes with every call', async () => {
  const { call, sent } = serverTaking('T1')
  expect([await call(), await call()]).toEqual([200, 200])
  expect(sent).toEqual(['T1', 'T1'])
})

test('a hundred calls refused at once cause one new token, and each goes again once', async () => {
  const { call, sent } = serverTaking('T2')
  const answers = await Promise.all(Array.from({ length: 100 }, call))
  expect(new Set(answers)).toEqual(new Set([200]))
  expect(sent).toEqual([...Array(100).fill('T1'), ...Array(100).fill('T2')])
})

test('the second refusal stands, and its token is not sent again', async () => {
  const { call, sent } = serverTaking('T3')
  expect(await call()).toBe(401)
  expect(await call()).toBe(200)
  expect(sent).toEqual(['T1', 'T2', 'T3'])
})

test('without a token nothing is sent', async () => {
  const refused: TokenFetch = {
    kind: 'refused',
    refusal: refusal('CREDENTIALS_REFUSED', retrySolution(1_000, false)),
  }
  const tokens = tokenCache({ fetch: () => Promise.resolve(refused) })
  let calls = 0
  const attempt = () => Promise.resolve((calls += 1))
  expect(await withToken(tokens, () => false, attempt)).toEqual(refused)
  expect(calls).toBe(0)
})
