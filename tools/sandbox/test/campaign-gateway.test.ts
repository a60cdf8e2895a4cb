import { expect, test } from 'vitest'
import { campaignStarted } from './campaign-caller.ts'
import { exchange } from './exchange.ts'
import { at } from './started.ts'

const profiles = '/profileAndServices/profile'

test('the gateway asks for a token, then for a key, then whether the token is live', async () => {
  const { ready, token } = await campaignStarted()
  const { url, clientId } = ready.campaign.standard
  const { origin, pathname } = new URL(url)
  const call = (headers: Readonly<Record<string, string>>) =>
    exchange(origin, pathname + profiles, { headers })

  expect((await call({})).json()).toEqual({
    error_code: '403010',
    message: 'Oauth token is missing',
  })
  const authorization = `Bearer ${await token()}`
  expect(at((await call({ authorization })).json(), 'error_code')).toBe('403000')
  expect(at((await call({ authorization, 'x-api-key': 'x' })).json(), 'error_code')).toBe('403003')
  const refused = await call({ authorization: 'Bearer x', 'x-api-key': clientId })
  expect([refused.status, refused.text]).toEqual([
    401,
    '{"error_code":"401013","message":"Oauth token is not valid"}',
  ])
  expect((await call({ authorization, 'x-api-key': clientId })).status).toBe(200)
})

test('a token is over after its time', async () => {
  const { ready, token, control } = await campaignStarted({ frozenClock: true })
  const { url, clientId } = ready.campaign.standard
  const { origin, pathname } = new URL(url)
  const headers = { authorization: `Bearer ${await token()}`, 'x-api-key': clientId }
  await control('POST', '/control/clock', { advanceMs: 86_398_999 })
  expect((await exchange(origin, pathname + profiles, { headers })).status).toBe(200)
  await control('POST', '/control/clock', { advanceMs: 1 })
  expect((await exchange(origin, pathname + profiles, { headers })).status).toBe(401)
})

test('another organization is a URI that leads nowhere, and an unknown resource is none', async () => {
  const { ready, standard } = await campaignStarted()
  const elsewhere = ready.campaign.standard.url.replace('/acme/', '/other/')
  const lost = await standard('GET', elsewhere + profiles)
  expect([lost.status, lost.json()]).toEqual([
    502,
    { code: 502, message: 'Oops. Something went wrong. Check your URI and try again.' },
  ])
  const unknown = await standard('GET', '/profileAndServices/nothing')
  expect([unknown.status, unknown.json()]).toEqual([
    404,
    { error_code: '404040', message: 'Resource not found' },
  ])
})

test('a token without the product is refused with the documented words', async () => {
  const { standard } = await campaignStarted({ campaign: { productProfile: false } })
  const refused = await standard('GET', profiles)
  expect([refused.status, refused.text]).toEqual([
    403,
    '{"error_code":"403023","message":"Profile is not valid"}',
  ])
})

test('engine calls are counted and, by setting, limited to a day', async () => {
  const { standard, control } = await campaignStarted({
    frozenClock: true,
    campaign: { engineCallsPerDay: 2 },
  })
  await standard('GET', profiles)
  await standard('GET', `${profiles}/@nobody`)
  const refused = await standard('GET', profiles)
  expect([refused.status, at(refused.json(), 'error_code')]).toEqual([429, '429050'])
  expect(await control('GET', '/control/campaign')).toEqual({
    engineCalls: { standard: 2, classic: 0 },
  })
  await control('POST', '/control/clock', { advanceMs: 86_400_000 })
  expect((await standard('GET', profiles)).status).toBe(200)
})

const scripted = [
  ['401013', 401, '{"error_code":"401013","message":"Oauth token is not valid"}'],
  ['403023', 403, '{"error_code":"403023","message":"Profile is not valid"}'],
  ['404040', 404, '{"error_code":"404040","message":"Resource not found"}'],
  ['429001', 429, '{"error_code":"429001","message":"Too many requests"}'],
  ['429050', 429, '{"error_code":"429050","message":"Too many requests"}'],
  [
    '500',
    500,
    '{"code":500,"message":"Oops. Something went wrong. Check your URI and try again."}',
  ],
  [
    '502',
    502,
    '{"code":502,"message":"Oops. Something went wrong. Check your URI and try again."}',
  ],
  ['503', 503, 'An error was asked for.'],
  ['RST360011', 500, 'RST-360011 An error was asked for.'],
  ['XTK170006', 500, 'XTK-170006 An error was asked for.'],
] as const

test('every documented code can be asked for', async () => {
  const { standard, control } = await campaignStarted()
  for (const [answer, status, body] of scripted) {
    await control('POST', '/control/faults', { campaign: [{ operation: 'profiles.list', answer }] })
    const refused = await standard('GET', profiles)
    expect([refused.status, refused.text]).toEqual([status, body])
    expect((await standard('GET', profiles)).status).toBe(200)
  }
})

test('a subscription whose answer is lost exists all the same', async () => {
  const { standard, seed, members, control } = await campaignStarted()
  await seed({ ecid: '1' })
  await standard('POST', '/profileAndServices/service', { name: 'S', label: 'L' })
  const profile = (await standard('GET', profiles)).json()
  await control('POST', '/control/faults', {
    campaign: [{ operation: 'subscriptions.create', answer: 'apply-502' }],
  })
  const lost = await standard('POST', '/profileAndServices/service/S/subscriptions/', {
    subscriber: { PKey: at(profile, 'content', 0, 'PKey') },
  })
  expect(lost.status).toBe(502)
  expect(await members()).toMatchObject({ 'standard:S': { members: ['ECID:1'] } })
})
