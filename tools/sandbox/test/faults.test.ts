import { expect, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, form, json, started, type Started, until } from './started.ts'

const add = '/rest/v1/lists/1021/leads.json?id=318581&id=318582'

async function withList(): Promise<Started> {
  const sandbox = await started({ preset: 'loose' })
  await sandbox.control('POST', '/control/seed', {
    marketo: [{ email: 'a@b.c' }, { email: 'd@e.f' }],
  })
  await sandbox.marketo('POST', '/rest/asset/v1/staticLists.json', {
    headers: form,
    body: 'folder={"id":1034,"type":"Folder"}&name=L',
  })
  return sandbox
}

async function memberCount({ control }: Started): Promise<number> {
  const members = at(await control('GET', '/control/members'), 'marketo', 1021, 'members')
  return Array.isArray(members) ? members.length : -1
}

async function journalOf({ control }: Started, operation: string): Promise<unknown> {
  return at(
    await control('GET', `/control/requests?solution=marketo&operation=${operation}`),
    'requests',
  )
}

test('a script is answered in order, each entry to a request that it is for', async () => {
  const sandbox = await withList()
  const { marketo, control } = sandbox
  await control('POST', '/control/faults', {
    marketo: [
      { operation: 'lists.add', answer: '606' },
      'ok',
      { answer: '500' },
      { operation: 'lists.add', answer: '602' },
    ],
  })
  const describe = () => marketo('GET', '/rest/v1/leads/describe2.json')
  expect((await describe()).json()).toMatchObject({ success: true })
  expect((await describe()).status).toBe(500)
  expect((await marketo('POST', add)).json()).toMatchObject({
    success: false,
    errors: [{ code: '606' }],
  })
  expect((await marketo('POST', add)).json()).toMatchObject({ errors: [{ code: '602' }] })
  expect(await memberCount(sandbox)).toBe(0)
  expect((await marketo('POST', add)).json()).toMatchObject({ success: true })
  expect(await memberCount(sandbox)).toBe(2)
  expect(await control('GET', '/control/faults')).toEqual({ marketo: { script: [], rates: [] } })
})

test('the token is only disturbed by an entry that names it', async () => {
  const { control, marketoToken, ready } = await withList()
  await control('POST', '/control/faults', {
    marketo: ['500', { operation: 'identity.token', answer: '503' }],
  })
  await expect(marketoToken()).rejects.toThrow('JSON')
  expect(await marketoToken()).toMatch(/:int$/)
  const { json: read } = await exchange(ready.control, '/control/faults')
  expect(read()).toMatchObject({ marketo: { script: [{ answer: '500' }] } })
})

test.each([
  ['drop', { code: 'ECONNRESET' }, 0],
  ['apply-drop', { code: 'ECONNRESET' }, 2],
  ['500', { status: 500 }, 0],
  ['apply-500', { status: 500 }, 2],
  ['apply-602', { status: 200, text: expect.stringContaining('"602"') }, 2],
  ['garbage', { status: 200, text: expect.stringContaining('<html>') }, 0],
  ['apply-garbage', { status: 200, text: expect.stringContaining('<html>') }, 2],
])(
  'after %s, seen as %j, the list has %i members, and the journal says so',
  async (fault, seen, members) => {
    const sandbox = await withList()
    const answer = await sandbox
      .marketo('POST', add, { headers: { 'x-sandbox-fault': fault } })
      .catch((error: unknown) => error)
    expect(answer).toMatchObject(seen)
    expect(await memberCount(sandbox)).toBe(members)
    expect(await journalOf(sandbox, 'lists.add')).toMatchObject([
      {
        fault,
        answer: fault.replace('apply-', ''),
        applied: members > 0,
        rows: [318_581, 318_582],
      },
    ])
  },
)

test.each([
  ['hang', 0],
  ['apply-hang', 2],
])('%s leaves the client waiting until the sandbox closes', async (fault, members) => {
  const sandbox = await withList()
  let answered = false
  const hung = sandbox
    .marketo('POST', add, { headers: { 'x-sandbox-fault': fault } })
    .catch((error: unknown) => error)
    .finally(() => {
      answered = true
    })
  await until(async () => {
    const requests = await journalOf(sandbox, 'lists.add')
    return Array.isArray(requests) && requests.length === 1
  })
  expect(await memberCount(sandbox)).toBe(members)
  expect(answered).toBe(false)
  await sandbox.close()
  expect(await hung).toMatchObject({ code: 'ECONNRESET' })
})

test('a record code skips every record, and latency only delays', async () => {
  const sandbox = await withList()
  const skipped = await sandbox.marketo('POST', add, { headers: { 'x-sandbox-fault': '1004' } })
  expect(skipped.json()).toMatchObject({
    success: true,
    result: [
      { id: 318_581, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
      { id: 318_582, status: 'skipped', reasons: [{ code: '1004' }] },
    ],
  })
  const late = await sandbox.marketo('POST', add, { headers: { 'x-sandbox-fault': 'latency:30' } })
  expect(late.json()).toMatchObject({
    success: true,
    result: [{ status: 'added' }, { status: 'added' }],
  })
})

/** 60 calls under faults at a rate: one character each. */
async function callsUnderFaults(seed: number): Promise<string> {
  const { control, marketo } = await withList()
  await control('POST', '/control/faults', {
    marketo: { rate: 0.3, answers: ['606', '500'], seed },
  })
  const answers: string[] = []
  for (let call = 0; call < 60; call += 1) {
    const answer = await marketo('GET', '/rest/v1/leads/describe2.json')
    answers.push(answer.status === 500 ? 'x' : answer.text.includes('"606"') ? 'r' : '.')
  }
  return answers.join('')
}

test('faults at a rate come from a seed: the same ones for the same requests', async () => {
  const first = await callsUnderFaults(7)
  expect(first).toMatch(/x/)
  expect(first).toMatch(/r/)
  expect(first.replaceAll('.', '').length).toBeLessThan(30)
  expect(await callsUnderFaults(7)).toBe(first)
  expect(await callsUnderFaults(8)).not.toBe(first)
})

test('DCS, REST, IMS and S3 have their own answers', async () => {
  const { control, dcs, rest, ready } = await withList()
  await control('POST', '/control/faults', {
    'audience-manager': [
      { operation: 'dcs.event', answer: '303' },
      { operation: 'dcs.event', answer: '429' },
      { operation: 'traits.list', answer: '401013' },
      { operation: 'traits.list', answer: '502' },
      { operation: 's3.putObject', answer: 'SlowDown' },
    ],
  })
  const refused = await dcs('/event?d_rtbd=json')
  expect([refused.status, refused.headers['x-error']]).toEqual([200, '303'])
  expect((await dcs('/event?d_rtbd=json')).status).toBe(429)
  const unauthorised = await rest('GET', '/v1/traits')
  expect([unauthorised.status, at(unauthorised.json(), 'error_code')]).toEqual([401, '401013'])
  expect((await rest('GET', '/v1/traits')).status).toBe(502)
  const { endpoint } = ready.audienceManager.s3
  expect(
    (await exchange(endpoint, '/demdex-s2s-clients/x', { method: 'PUT', body: 'x' })).status,
  ).toBe(403)
  expect(await control('GET', '/control/faults')).toMatchObject({
    'audience-manager': { script: [{ operation: 's3.putObject', answer: 'SlowDown' }] },
  })
  expect(await control('DELETE', '/control/faults')).toEqual({})
})

test.each([
  [{ nobody: ['500'] }, 'unknown solution'],
  [{ marketo: ['not an answer'] }, 'is none of'],
  [{ marketo: [{ answer: 'latency' }] }, 'latency needs'],
  [{ marketo: [{ answer: '500', times: 0 }] }, 'times'],
  [{ marketo: { rate: 2, answers: ['500'] } }, 'rate'],
  [{ marketo: { rate: 0.5, answers: [] } }, 'answers'],
  [{ marketo: [{ answer: '500', times: 1e9 }] }, 'at most'],
])('the plan %j is refused as a whole', async (plan, text) => {
  const { ready, control } = await started()
  const body = JSON.stringify({ ...plan, 'audience-manager': ['500'] })
  const answer = await exchange(ready.control, '/control/faults', {
    method: 'POST',
    headers: json,
    body,
  })
  expect(answer.status).toBe(400)
  expect(answer.json()).toMatchObject({
    code: 'SANDBOX_FAULT_INVALID',
    message: expect.stringContaining(text),
  })
  expect(await control('GET', '/control/faults')).toEqual({})
})

test('a code that a solution has not is said at once', async () => {
  const { marketo } = await started()
  const answer = await marketo('GET', '/rest/v1/leads/describe2.json', {
    headers: { 'x-sandbox-fault': '9999' },
  })
  expect([answer.status, at(answer.json(), 'code')]).toEqual([400, 'SANDBOX_FAULT_INVALID'])
})

test.each(['nope', 'apply-nope'])(
  'a code that a solution does not have, %s, is told as that',
  async (answer) => {
    const sandbox = await withList()
    await sandbox.control('POST', '/control/faults', {
      marketo: [{ operation: 'lists.add', answer }],
    })
    const refused = await sandbox.marketo('POST', add)
    expect(refused.status).toBe(400)
    expect(refused.json()).toMatchObject({ code: 'SANDBOX_FAULT_INVALID' })
    expect(await memberCount(sandbox)).toBe(0)
  },
)
