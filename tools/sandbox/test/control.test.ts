import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, form, started } from './started.ts'

test('seeding again changes nothing, completes who is known, and keeps namesakes apart', async () => {
  const { control } = await started()
  const seed = async (...leads: object[]): Promise<unknown> =>
    at(await control('POST', '/control/seed', { marketo: leads }), 'marketo')
  expect(await seed({ email: 'a@b.c' }, { emailSHA256: 'h1', ecid: 'e1' })).toEqual({
    created: 2,
    ids: [318_581, 318_582],
  })
  expect(await seed({ emailSHA256: 'h1', ecid: 'e1' }, { email: 'a@b.c' })).toMatchObject({
    created: 0,
    ids: [318_582, 318_581],
  })
  expect(await seed({ email: 'a@b.c', emailSHA256: 'h0' })).toMatchObject({
    created: 0,
    ids: [318_581],
  })
  expect(await seed({ emailSHA256: 'h1', ecid: 'e2' })).toMatchObject({
    created: 1,
    ids: [318_583],
  })
  expect(await seed({ emailSHA256: 'h1', ecid: 'e2' })).toMatchObject({
    created: 0,
    ids: [318_583],
  })
})

test('fifty thousand people are seeded in one call', async () => {
  const { control } = await started()
  const leads = Array.from({ length: 50_000 }, (_, index) => ({
    emailSHA256: createHash('sha256').update(String(index)).digest('hex'),
    ecid: String(index).padStart(38, '0'),
  }))
  expect(await control('POST', '/control/seed', { marketo: leads })).toMatchObject({
    marketo: { created: 50_000 },
  })
})

test.each([
  [{ marketo: [{}] }, 'SANDBOX_SEED_INVALID'],
  [{ marketo: [{ firstName: 'A' }] }, 'SANDBOX_SEED_INVALID'],
  [{ marketo: [{ email: 'a@b.c', nope: 'x' }] }, 'SANDBOX_SEED_INVALID'],
  [{ marketo: [{ email: 7 }] }, 'SANDBOX_CONTROL_INVALID'],
  [{ marketo: 7 }, 'SANDBOX_CONTROL_INVALID'],
  [[], 'SANDBOX_CONTROL_INVALID'],
])('the seed %j is refused', async (body, code) => {
  const { ready } = await started()
  const answer = await exchange(ready.control, '/control/seed', {
    method: 'POST',
    body: JSON.stringify(body),
  })
  expect([answer.status, at(answer.json(), 'code')]).toEqual([400, code])
})

test('members are named by every identity that a lead has', async () => {
  const { control, marketo } = await started()
  const email = ' Ann@Example.com'
  const hash = createHash('sha256').update('ann@example.com').digest('hex')
  await control('POST', '/control/seed', {
    marketo: [{ email }, { emailSHA256: 'h', ecid: 'e' }, { ecid: 'f' }],
  })
  await marketo('POST', '/rest/asset/v1/staticLists.json', {
    headers: form,
    body: 'folder={"id":1034,"type":"Folder"}&name=L&description=d',
  })
  await marketo('POST', '/rest/v1/lists/1021/leads.json?id=318581&id=318582&id=318583')
  expect(await control('GET', '/control/members')).toMatchObject({
    marketo: {
      '1021': {
        name: 'L',
        segment: 'd',
        members: ['ECID:e', 'ECID:f', `email_lc_sha256:${hash}`, 'email_lc_sha256:h'],
      },
    },
    'audience-manager': {},
  })
})

test('the journal keeps the last requests and all totals, and no identities', async () => {
  const { control, marketo } = await started({ journalEntries: 3 })
  await control('POST', '/control/seed', { marketo: [{ email: 'secret@example.com' }] })
  for (let call = 0; call < 4; call += 1) {
    await marketo('GET', '/rest/v1/leads.json?filterType=email&filterValues=secret@example.com')
  }
  const read = await control('GET', '/control/requests')
  expect(JSON.stringify(read)).not.toContain('secret')
  expect(read).toMatchObject({
    totals: {
      marketo: {
        'leads.get': { ok: { calls: 4, rows: 0 } },
        'identity.token': { ok: { calls: 4 } },
      },
    },
    requests: [
      { seq: 6 },
      { seq: 7 },
      { seq: 8, operation: 'leads.get', status: 200, answer: 'ok', applied: true },
    ],
  })
  expect(at(await control('GET', '/control/requests?after=7'), 'requests')).toMatchObject([
    { seq: 8 },
  ])
  expect(
    at(await control('GET', '/control/requests?solution=audience-manager'), 'requests'),
  ).toEqual([])
})

test('the clock only goes forward', async () => {
  const { control, ready } = await started({ frozenClock: true })
  const before = Number(at(await control('GET', '/control/clock'), 'nowMs'))
  expect(await control('POST', '/control/clock', { advanceMs: 1000 })).toMatchObject({
    nowMs: before + 1000,
  })
  const back = await exchange(ready.control, '/control/clock', {
    method: 'POST',
    body: '{"advanceMs":-1}',
  })
  expect(back.status).toBe(400)
})
