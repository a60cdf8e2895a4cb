import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { started, textAt } from './started.ts'

const tokenPath = '/identity/oauth/token?grant_type=client_credentials'

test('asking before the end answers the same token with the time it has left', async () => {
  const { ready, control } = await started({ frozenClock: true })
  const { url, clientId, clientSecret } = ready.marketo
  const ask = () =>
    exchange(url, `${tokenPath}&client_id=${clientId}&client_secret=${clientSecret}`)

  const first = (await ask()).json()
  expect(first).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'apis@acmeinc.com' })
  expect(textAt(first, 'access_token')).toMatch(/^[0-9a-f-]{36}:int$/)
  await control('POST', '/control/clock', { advanceMs: 600_000 })
  expect((await ask()).json()).toEqual({ ...Object(first), expires_in: 3000 })
  await control('POST', '/control/clock', { advanceMs: 2_999_500 })
  expect((await ask()).json()).toEqual({ ...Object(first), expires_in: 0 })
  await control('POST', '/control/clock', { advanceMs: 500 })
  const next = (await ask()).json()
  expect(next).toMatchObject({ expires_in: 3600 })
  expect(textAt(next, 'access_token')).not.toBe(textAt(first, 'access_token'))
})

test('the credentials may come in a form as well; wrong ones answer HTTP 401', async () => {
  const { ready } = await started()
  const { url, clientId, clientSecret } = ready.marketo
  const posted = await exchange(url, '/identity/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`,
  })
  expect(posted.status).toBe(200)
  const refused = await exchange(url, `${tokenPath}&client_id=${clientId}&client_secret=wrong`)
  expect(refused.status).toBe(401)
  expect(refused.json()).toMatchObject({ error: 'invalid_client' })
})

test('a token that is over answers 602, one that never was 601, and both with HTTP 200', async () => {
  const { ready, control, marketoToken } = await started({ frozenClock: true })
  const { url } = ready.marketo
  const call = (token: string) =>
    exchange(url, '/rest/v1/leads/describe2.json', {
      headers: { authorization: `Bearer ${token}` },
    })

  const token = await marketoToken()
  expect((await call(token)).json()).toMatchObject({ success: true })
  await control('POST', '/control/clock', { advanceMs: 3_600_000 })
  const over = await call(token)
  expect(over.status).toBe(200)
  expect(over.json()).toMatchObject({
    success: false,
    errors: [{ code: '602', message: 'Access token expired' }],
  })
  await marketoToken()
  expect((await call(token)).json()).toMatchObject({ errors: [{ code: '602' }] })
  expect((await call('never')).json()).toMatchObject({ errors: [{ code: '601' }] })
})

test('only the header counts: a token in the query is refused', async () => {
  const { ready, marketoToken } = await started()
  const target = `/rest/v1/leads/describe2.json?access_token=${encodeURIComponent(await marketoToken())}`
  expect((await exchange(ready.marketo.url, target)).json()).toMatchObject({
    success: false,
    errors: [{ code: '601' }],
  })
})

test('neither the token endpoint nor refused tokens are counted against the quota', async () => {
  const { ready, marketo, marketoToken } = await started({ marketo: { callsPerDay: 2 } })
  for (let call = 0; call < 5; call += 1) {
    await marketoToken()
    await exchange(ready.marketo.url, '/rest/v1/leads/describe2.json')
  }
  expect((await marketo('GET', '/rest/v1/stats/usage.json')).json()).toMatchObject({
    result: [{ total: 1, users: [{ userId: 'apis@acmeinc.com', count: 1 }] }],
  })
  expect((await marketo('GET', '/rest/v1/stats/errors.json')).json()).toMatchObject({
    result: [{ total: 5, errors: [{ errorCode: '601', count: 5 }] }],
  })
  expect((await marketo('GET', '/rest/v1/stats/usage.json')).json()).toMatchObject({
    errors: [{ code: '607', message: 'Daily quota reached' }],
  })
})
