import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, form, started, type Started, textAt } from './started.ts'

const ecid = '08382830887934830189014177072406221371'
const gaid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const idfa = 'AEBE52E7-03EE-455A-B3C4-E57283966239'
const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'
const segment = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const org = '5DC5123F5245B1D20A490D46%40AdobeOrg'

async function withTrait(
  settings: object = {},
): Promise<Started & { sid: string; members: () => Promise<unknown> }> {
  const sandbox = await started({ preset: 'loose', ...settings })
  const created = await sandbox.rest('POST', '/v1/traits/', {
    name: 'Loyal buyers',
    traitType: 'ON_BOARDED_TRAIT',
    dataSourceId: 29_769,
    folderId: 123,
    traitRule: `segID == "${segment}"`,
    ttl: 0,
    integrationCode: segment,
  })
  const sid = textAt(created.json(), 'sid')
  const members = async (): Promise<unknown> =>
    at(await sandbox.control('GET', '/control/members'), 'audience-manager', sid, 'members')
  return { ...sandbox, sid, members }
}

function cids(source: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `d_cid=${source}%01id${index}`).join('&')
}

test('the documented adds set the trait for each kind of id', async () => {
  const { dcs, sid, members } = await withTrait()
  const answer = await dcs(`/event?d_mid=${ecid}&d_orgid=${org}&d_sid=${sid}&d_rtbd=json&d_jsonv=1`)
  expect(answer.status).toBe(200)
  expect(answer.headers['x-error']).toBeUndefined()
  expect(answer.json()).toEqual({
    stuff: [],
    uuid: expect.stringMatching(/^\d{38}$/),
    dcs_region: 7,
    tid: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/),
  })
  await dcs(`/event?d_cid=20914%01${gaid}&d_sid=${sid}&d_rtbd=json&d_jsonv=1`)
  await dcs(`/event?d_cid=20915%01${idfa}&segID=${segment}&d_rtbd=json`)
  await dcs(`/event?d_cid=31001%01${hash}%011&d_sid=${sid}&d_rtbd=json`)
  expect(await members()).toEqual([
    `ECID:${ecid}`,
    `GAID:${gaid}`,
    `IDFA:${idfa}`,
    `email_lc_sha256:${hash}`,
  ])
})

test('integration codes, forms and comma lists do as well', async () => {
  const { dcs, sid, members } = await withTrait()
  const body = `d_cid_ic=DSID_20914%01${gaid}&d_sid=1,${sid}&d_rtbd=json`
  await dcs('/event', { method: 'POST', headers: form, body })
  expect(await members()).toEqual([`GAID:${gaid}`])
})

test('without d_rtbd=json a pixel comes back, and errors only in the header', async () => {
  const { dcs } = await withTrait()
  const answer = await dcs('/event?d_mid=1')
  expect(answer.status).toBe(200)
  expect(answer.headers).toMatchObject({ 'content-type': 'image/gif', 'x-error': '101' })
  expect(answer.text.slice(0, 6)).toBe('GIF89a')
})

test('only state 1 writes to the profile of a hashed e-mail; the device beside it gets the trait else', async () => {
  const { dcs, sid, members } = await withTrait()
  await dcs(`/event?d_cid=31001%01${hash}%010&d_sid=${sid}&d_rtbd=json`)
  await dcs(`/event?d_cid=31001%01${hash}%012&d_sid=${sid}&d_rtbd=json`)
  await dcs(`/event?d_cid=31001%01${hash}&d_sid=${sid}&d_rtbd=json`)
  expect(await members()).toEqual([])
  await dcs(`/event?d_mid=${ecid}&d_cid=31001%01${hash}%012&d_sid=${sid}&d_rtbd=json`)
  expect(await members()).toEqual([`ECID:${ecid}`])
  await dcs(`/event?d_cid=31001%01${hash}%011&d_cid=20914%01${gaid}&d_sid=${sid}&d_rtbd=json`)
  expect(await members()).toEqual([`ECID:${ecid}`, `email_lc_sha256:${hash}`])
})

test.each([
  ['d_mid=123', [101]],
  [`d_mid=${ecid.slice(1)}x`, [101]],
  ['d_uuid=12', [102]],
  [`d_mid=${ecid}&d_orgid=other%40AdobeOrg`, [2]],
  [`d_cid=20914%2501${gaid}`, [300, 104]],
  [`d_cid=20914%01`, [300, 104]],
  [`d_cid=%01${gaid}`, [300, 104]],
  [`d_cid=20914%01${gaid}%013`, [300, 104]],
  [`d_cid_ic=nobody%01x`, [300, 104]],
  [`d_cid=777%01x`, [302, 104]],
  [`d_cid=20914%01${gaid.toUpperCase()}`, [300, 312, 104]],
  [`d_cid=20915%01${idfa.toLowerCase()}`, [300, 312, 104]],
  ['d_site=%esid!&d_creative=1', [311]],
  ['d_sid=%ff', [311]],
])('a call with %s answers HTTP 200 with the codes %j and sets nothing', async (query, codes) => {
  const { dcs, sid, members } = await withTrait()
  const answer = await dcs(`/event?${query}&d_sid=${sid}&d_rtbd=json`)
  expect(answer.status).toBe(200)
  expect(answer.headers['x-error']).toBe(codes.join(','))
  expect(answer.json()).toEqual({
    errors: codes.map((code) => ({ code, msg: expect.any(String) })),
  })
  expect(await members()).toEqual([])
})

test('an invalid id beside a good one is left out with a warning', async () => {
  const { dcs, sid, members } = await withTrait()
  const answer = await dcs(
    `/event?d_mid=${ecid}&d_cid=20914%01${gaid.toUpperCase()}&d_sid=${sid}&d_rtbd=json`,
  )
  expect(answer.json()).toMatchObject({
    uuid: expect.any(String),
    errors: [{ code: 300 }, { code: 312 }, { code: 104 }],
  })
  expect(await members()).toEqual([`ECID:${ecid}`])
})

test('a fourth id of one source is discarded with 310, what is beyond ten with 301 and 309', async () => {
  const { dcs, rest, sid } = await withTrait()
  const four = (await dcs(`/event?${cids(31_001, 4)}&d_sid=${sid}&d_rtbd=json`)).json()
  expect(four).toMatchObject({ errors: [{ code: 310 }] })
  const sources: string[] = []
  for (const name of ['A', 'B', 'C']) {
    const made = await rest('POST', '/v1/datasources/', { name, idType: 'CROSS_DEVICE' })
    sources.push(cids(Number(textAt(made.json(), 'dataSourceId')), 3))
  }
  const twelve = (await dcs(`/event?${sources.join('&')}&${cids(31_001, 3)}&d_rtbd=json`)).json()
  expect(twelve).toMatchObject({ errors: [{ code: 301 }, { code: 309 }, { code: 309 }] })
})

test('the organisation is bound by the Host header, whatever the address', async () => {
  const { ready } = await withTrait()
  const { dcsUrl } = ready.audienceManager
  const strange = await exchange(dcsUrl, '/event?d_rtbd=json', {
    headers: { host: 'other.demdex.net' },
  })
  expect(strange.status).toBe(200)
  expect(strange.json()).toMatchObject({
    errors: [{ code: 1, msg: expect.stringContaining('other.demdex.net') }],
  })
})

test('a GET beyond 8 K and a POST beyond 32 K are refused', async () => {
  const { dcs } = await withTrait()
  expect((await dcs(`/event?d_rtbd=json&c_x=${'x'.repeat(8200)}`)).status).toBe(414)
  const post = (length: number) =>
    dcs('/event', { method: 'POST', headers: form, body: `d_rtbd=json&c_x=${'x'.repeat(length)}` })
  expect((await post(32_000)).status).toBe(200)
  expect((await post(33_000)).status).toBe(413)
})

test('people who opted out answer 171, by register and by the opt-out call', async () => {
  const { dcs, control, sid, members } = await withTrait()
  await control('POST', '/control/opt-outs', { dataSourceId: 29_770, id: ecid })
  await dcs(`/demoptout.jpg?d_cid=20914%01${gaid}`)
  for (const who of [`d_mid=${ecid}`, `d_cid=20914%01${gaid}`]) {
    const answer = await dcs(`/event?${who}&d_sid=${sid}&d_rtbd=json`)
    expect(answer.json()).toMatchObject({ errors: [{ code: 171 }] })
    expect(answer.headers['x-error']).toBe('171')
  }
  expect(await members()).toEqual([])
  await control('DELETE', '/control/opt-outs', { dataSourceId: 29_770, id: ecid })
  await dcs(`/event?d_mid=${ecid}&d_sid=${sid}&d_rtbd=json`)
  expect(await members()).toEqual([`ECID:${ecid}`])
})

test('deny-listed ids answer 303, 304 and 306, and one that is called too often is denied for the window', async () => {
  const { dcs, control } = await withTrait({
    frozenClock: true,
    audienceManager: { denyAfterCalls: 3 },
  })
  const codes = async (query: string): Promise<unknown> =>
    (await dcs(`/event?${query}&d_rtbd=json`)).headers['x-error']
  await control('POST', '/control/deny-list', { dataSourceId: 31_001, id: hash })
  expect(await codes(`d_cid=31001%01${hash}%011`)).toBe('303,104')
  await control('POST', '/control/deny-list', { dataSourceId: 20_915 })
  expect(await codes(`d_cid=20915%01${idfa}`)).toBe('304,104')
  for (let call = 0; call < 3; call += 1)
    expect(await codes(`d_cid=20914%01${gaid}`)).toBeUndefined()
  expect(await codes(`d_cid=20914%01${gaid}`)).toBe('306,104')
  for (let call = 0; call < 3; call += 1) expect(await codes(`d_mid=${ecid}`)).toBeUndefined()
  expect(await codes(`d_mid=${ecid}`)).toBe('306')
  await control('POST', '/control/clock', { advanceMs: 60_000 })
  expect(await codes(`d_cid=20914%01${gaid}`)).toBeUndefined()
})

test('onboarded traits may be left to files by setting, and only the named source is evaluated', async () => {
  const ignoring = await withTrait({ audienceManager: { dcsOnboardedTraits: 'ignore' } })
  await ignoring.dcs(`/event?d_mid=${ecid}&d_sid=${ignoring.sid}&segID=${segment}&d_rtbd=json`)
  expect(await ignoring.members()).toEqual([])
  const { dcs, sid, members } = await withTrait()
  await dcs(`/event?d_mid=${ecid}&d_sid=${sid}&d_tdpid=31001&d_rtbd=json`)
  expect(await members()).toEqual([])
  await dcs(`/event?d_mid=${ecid}&d_sid=${sid}&d_tdpid_ic=aep_segments&d_rtbd=json`)
  expect(await members()).toEqual([`ECID:${ecid}`])
})

test('d_cts shows traits where it is switched on, and 429 comes where calls are limited', async () => {
  const { dcs, sid } = await withTrait({
    frozenClock: true,
    audienceManager: { dcsTraitsInAnswer: true, dcsCallsPerSecond: 1 },
  })
  const answer = await dcs(`/event?d_mid=${ecid}&d_sid=${sid}&d_cts=2&d_rtbd=json`)
  expect(answer.json()).toMatchObject({ traits: [Number(sid)], segments: [] })
  expect((await dcs('/event?d_rtbd=json')).status).toBe(429)
})
