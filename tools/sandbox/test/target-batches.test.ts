import { expect, test } from 'vitest'
import { at, form, textAt } from './started.ts'
import { elementsOf, statusUrlOf, targetStarted } from './target-caller.ts'

const sample = [
  'thirdPartyId,aepseg_7841ba61,aepseg_59bd2f1d',
  'B234A029348,realized,exited',
  'crm-0002,exited,realized',
]
const rows = (count: number): string =>
  Array.from({ length: count }, (_, row) => `p${row},realized`).join('\n')

test('the documented sample is accepted at once, applied after its hour, and says so when asked', async () => {
  const { batch, edge, control, ready, attributes } = await targetStarted(
    { lostRowsPerMillion: 0 },
    'real',
  )
  const accepted = await batch(...sample)
  expect(accepted.status).toBe(200)
  const url = statusUrlOf(accepted)
  expect(accepted.text).toBe(
    `<response><success>true</success><batchStatus>${url}</batchStatus><message>Batch submitted for processing</message></response>`,
  )
  expect(url).toMatch(
    new RegExp(
      `^${ready.target.edgeUrl}/m2/acmeclient/profile/batchStatus\\?batchId=acmeclient-\\d{13}-13029383$`,
    ),
  )
  const { pathname, search, searchParams } = new URL(url)
  const ask = async (query = ''): Promise<string> => (await edge(pathname + search + query)).text
  const batchId = searchParams.get('batchId')
  expect(await ask()).toBe(
    `<response><batchId>${batchId}</batchId><status>incomplete</status><batchSize>2</batchSize></response>`,
  )
  expect(await control('GET', '/control/idle')).toMatchObject({
    idle: false,
    pending: { target: 1 },
  })
  await control('POST', '/control/clock', { advanceMs: 3_599_000 })
  expect(await attributes('thirdPartyId/crm-0002')).toBeUndefined()
  await control('POST', '/control/clock', { advanceMs: 1000 })
  await expect.poll(() => ask()).toContain('<status>complete</status>')
  expect(await ask('&showDetails=true')).toBe(
    `<response><batchId>${batchId}</batchId><status>complete</status><batchSize>2</batchSize><consumedCount>2</consumedCount><successfulUpdates>2</successfulUpdates><profilesNotFound>0</profilesNotFound><failedUpdates>0</failedUpdates></response>`,
  )
  expect(await attributes('thirdPartyId/crm-0002')).toEqual({
    aepseg_7841ba61: 'exited',
    aepseg_59bd2f1d: 'realized',
  })
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 0 } })
})

test('v2 makes profiles that are missing, v1 does not; empty values change nothing', async () => {
  const { batch, edge, apply, attributes, statusOf } = await targetStarted()
  const v1 = async (body: string) => {
    const answer = await edge('/m2/acmeclient/profile/batchUpdate', {
      method: 'POST',
      headers: form,
      body,
    })
    await apply()
    return statusOf(answer)
  }
  expect(await v1('batch=thirdPartyId,a\np,1')).toMatchObject({
    status: 'complete',
    successfulUpdates: '0',
    profilesNotFound: '1',
  })
  expect(await attributes('thirdPartyId/p')).toBeUndefined()
  await batch('thirdPartyId,a,b', 'p,1,1')
  await apply()
  expect(await v1('batch=thirdPartyId,a,b\np,,2')).toMatchObject({ successfulUpdates: '1' })
  expect(await attributes('thirdPartyId/p')).toEqual({ a: '1', b: '2' })
  await batch('thirdPartyId,a,b', 'p,,')
  await apply()
  expect(await attributes('thirdPartyId/p')).toEqual({ a: '1', b: '2' })
})

test('of two batches without a visit between the second overrides the first, so deltas end wrong', async () => {
  const { batch, apply, attributes, deliver } = await targetStarted()
  await batch('thirdPartyId,a,b', 'p,realized,realized', 'q,realized,realized')
  await apply()
  await deliver({ thirdPartyId: 'q' })
  await batch('thirdPartyId,b', 'p,exited', 'q,exited')
  await apply()
  expect(await attributes('thirdPartyId/p')).toEqual({ b: 'exited' })
  expect(await attributes('thirdPartyId/q')).toEqual({ a: 'realized', b: 'exited' })
})

test('a batch that is wrong as a whole is refused in HTTP 200, and nothing of it is kept', async () => {
  const { edge, control } = await targetStarted({}, 'real')
  const wrong: [string, Record<string, string>, string][] = [
    ['thirdPartyId,a\n1,x', form, 'must start with batch='],
    ['batch=thirdPartyId,a\n1,50% off', form, 'Unexpected error'],
    ['batch=ECID,a\n1,x', form, 'first header'],
    ['batch=', form, 'Batch is empty'],
    ['batch=thirdPartyId,a\n1,x', { 'content-type': 'text/csv' }, 'Content-Type must be'],
    ['batch=thirdPartyId,a\n1,x', {}, 'Content-Type must be'],
  ]
  for (const [body, headers, message] of wrong) {
    const url = '/m2/acmeclient/v2/profile/batchUpdate'
    const answer = await edge(url, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    expect(elementsOf(answer)).toEqual({
      success: 'false',
      message: expect.stringContaining(message),
    })
  }
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 0 } })
})

test('a batch has at most 500,000 rows and less bytes than it may', async () => {
  const { batch } = await targetStarted({}, 'real')
  expect(elementsOf(await batch('thirdPartyId,a', rows(500_001)))).toMatchObject({
    success: 'false',
    message: expect.stringContaining('500000 rows'),
  })
  const most = await batch('thirdPartyId,a', rows(500_000))
  expect(elementsOf(most)).toMatchObject({ success: 'true' })
  const small = await targetStarted({ batchBytes: 'batch=thirdPartyId,a\np,xx'.length })
  expect(elementsOf(await small.batch('thirdPartyId,a', 'p,xx'))).toMatchObject({
    success: 'false',
  })
  expect(elementsOf(await small.batch('thirdPartyId,a', 'p,x'))).toMatchObject({ success: 'true' })
})

test('rows that are lost are failed updates, and the others are applied', async () => {
  const { batch, apply, statusOf } = await targetStarted({ lostRowsPerMillion: 1000 })
  const accepted = await batch('thirdPartyId,a', rows(50_000))
  await apply()
  const details = await statusOf(accepted)
  const failed = Number(details['failedUpdates'])
  expect(failed).toBeGreaterThan(0)
  expect(failed).toBeLessThan(150)
  expect(Number(details['successfulUpdates'])).toBe(50_000 - failed)
  expect(details['consumedCount']).toBe('50000')
})

test('rows that cannot be are failed updates, and the others are applied', async () => {
  const { batch, apply, statusOf, attributes } = await targetStarted({ profileBytes: 20 })
  const tooLarge = `q,${'x'.repeat(20)}`
  const accepted = await batch('thirdPartyId,a', 'a%2Bb,x', 'a/b,x', 'p,1,2', tooLarge, 'r,x')
  await apply()
  expect(await statusOf(accepted)).toMatchObject({
    consumedCount: '5',
    successfulUpdates: '1',
    failedUpdates: '4',
  })
  expect(await attributes('thirdPartyId/r')).toEqual({ a: 'x' })
  expect(await attributes('thirdPartyId/q')).toBeUndefined()
})

test('a batch that is stuck by setting stays so, and nobody waits for it', async () => {
  const { batch, statusOf, apply, control, attributes } = await targetStarted({
    stuckBatchesPerThousand: 1000,
  })
  const accepted = await batch('thirdPartyId,a', 'p,1')
  expect(elementsOf(accepted)).toMatchObject({ success: 'true' })
  await apply()
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 0 } })
  expect(await statusOf(accepted)).toMatchObject({ status: 'stuck', consumedCount: '0' })
  expect(await attributes('thirdPartyId/p')).toBeUndefined()
})

test('a script makes a batch stuck, or has one status say something else', async () => {
  const { batch, edge, statusOf, apply, control, attributes } = await targetStarted()
  await control('POST', '/control/faults', {
    target: [
      { operation: 'batch.update', answer: 'stuck' },
      { operation: 'batch.status', answer: 'incomplete' },
    ],
  })
  const stuck = await batch('thirdPartyId,a', 'p,1')
  const good = await batch('thirdPartyId,a', 'q,1')
  await apply()
  expect(await statusOf(good)).toMatchObject({ status: 'incomplete', batchSize: '1' })
  expect(await statusOf(good)).toMatchObject({ status: 'complete' })
  expect(await statusOf(stuck)).toMatchObject({ status: 'stuck', successfulUpdates: '0' })
  expect(await attributes('thirdPartyId/p')).toBeUndefined()
  expect(await attributes('thirdPartyId/q')).toEqual({ a: '1' })
  // Stuck and applied at once cannot be, so this is no fault that could be asked for, and nothing is taken.
  await edge('/m2/acmeclient/v2/profile/batchUpdate', {
    method: 'POST',
    headers: { ...form, 'x-sandbox-fault': 'apply-stuck' },
    body: 'batch=thirdPartyId,a\nr,1',
  })
  await apply()
  expect(await attributes('thirdPartyId/r')).toBeUndefined()
})

test('an answer that is lost after the batch was accepted leaves it accepted; a scripted refusal does not', async () => {
  const { batch, apply, control, attributes } = await targetStarted()
  await control('POST', '/control/faults', {
    target: [
      { operation: 'batch.update', answer: 'apply-500' },
      { operation: 'batch.update', answer: 'successFalse' },
    ],
  })
  expect((await batch('thirdPartyId,a', 'p,1')).status).toBe(500)
  expect(elementsOf(await batch('thirdPartyId,a', 'q,1'))).toMatchObject({ success: 'false' })
  await apply()
  expect(await attributes('thirdPartyId/p')).toEqual({ a: '1' })
  expect(await attributes('thirdPartyId/q')).toBeUndefined()
})

test('where authentication is required, only the newest profile token opens the Profile API', async () => {
  const { edge, admin, ready, control } = await targetStarted({ profileAuthentication: true })
  expect(ready.target.profileAuthentication).toBe(true)
  const send = async (token?: string): Promise<number> => {
    const answer = await edge('/m2/acmeclient/v2/profile/batchUpdate', {
      method: 'POST',
      headers: { ...form, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: 'batch=thirdPartyId,a\np,1',
    })
    return answer.status
  }
  const renew = async (): Promise<string> => {
    const answer = await admin('POST', '/authentication/token?authorizationScope=profile_api')
    expect(answer.json()).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      scope: 'profile_api',
      expiresIn: 2_592_000,
    })
    return textAt(answer.json(), 'accessToken')
  }
  expect([await send(), await send('x')]).toEqual([401, 401])
  const first = await renew()
  expect(await send(first)).toBe(200)
  const second = await renew()
  expect([await send(first), await send(second)]).toEqual([401, 200])
  expect((await edge('/rest/v1/profiles/thirdPartyId/p?client=acmeclient')).status).toBe(401)
  await control('POST', '/control/clock', { advanceMs: 2_592_000_000 })
  expect(await send(second)).toBe(401)
  expect((await admin('POST', '/authentication/token?authorizationScope=other')).status).toBe(401)
})

test('batches of 200,000 rows are applied while other calls are answered', async () => {
  const { batch, deliver, control, apply } = await targetStarted()
  for (let part = 0; part < 4; part += 1) {
    const lines = Array.from(
      { length: 50_000 },
      (_, row) => `p${part * 50_000 + row},realized,exited,realized,,x`,
    )
    expect((await batch('thirdPartyId,a,b,c,d,e', lines.join('\n'))).status).toBe(200)
  }
  const applying = apply()
  const answered = await Promise.all(
    Array.from({ length: 200 }, (_, visitor) =>
      deliver({ marketingCloudVisitorId: `e${visitor}` }, { a: 'realized' }),
    ),
  )
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]))
  await applying
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { target: 0 } })
  const journal = await control('GET', '/control/requests')
  expect(at(journal, 'totals', 'target', 'delivery.execute', 'ok', 'calls')).toBe(200)
})
