import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('manage-sandboxes')
})
afterAll(() => gateway.close())

const url = '/v1/organisation'
async function read(): Promise<{ etag: string; body: Record<string, unknown> }> {
  const answer = await gateway.server.inject({ url, headers })
  expect(answer.statusCode).toBe(200)
  const { etag, ...body } = answer.json()
  expect(answer.headers.etag).toBe(etag)
  return { etag, body }
}
const put = (ifMatch: string | undefined, payload: object) =>
  gateway.server.inject({
    method: 'PUT',
    url,
    headers: { ...headers, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
    payload,
  })

test('it starts with defaults, keeps what is said, and takes no change by what is old', async () => {
  const { etag, body } = await read()
  expect([etag, body]).toEqual([
    '"0"',
    {
      entitlements: { tier: 'none', solutions: [], audienceManagerLicence: false },
      settings: {
        maxConnectionsPerOrg: 1,
        primaryIdentityOnly: false,
        backfill: true,
        carryLabels: true,
        permissionRule: 'seed',
      },
      legacySharing: { state: 'disabled' },
    },
  ])
  const wanted = {
    ...body,
    imsOrgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
    entitlements: {
      tier: 'prime',
      solutions: ['marketo', 'audience-manager'],
      audienceManagerLicence: true,
    },
  }
  expect((await put(undefined, wanted)).json()).toMatchObject({ code: 'IF_MATCH_MISSING' })
  const changed = await put(etag, wanted)
  expect(changed.statusCode).toBe(200)
  expect(changed.json()).toEqual({ ...wanted, etag: changed.headers.etag })
  expect(await read()).toEqual({ etag: changed.headers.etag, body: wanted })
  const late = await put(etag, body)
  expect([late.statusCode, late.json().code]).toEqual([412, 'ETAG_STALE'])
})

test('parts of it are changed by JSON Patch', async () => {
  const { etag, body } = await read()
  const patch = (payload: object) =>
    gateway.server.inject({
      method: 'PATCH',
      url,
      headers: { ...headers, 'if-match': etag },
      payload,
    })
  const wrong = await patch([
    { op: 'add', path: '/entitlements/solutions/-', value: 'target' },
    { op: 'replace', path: '/settings/maxConnectionsPerOrg', value: 0 },
  ])
  expect([wrong.statusCode, wrong.json()]).toMatchObject([
    400,
    { code: 'REQUEST_INVALID', errors: [{ pointer: '/settings/maxConnectionsPerOrg' }] },
  ])
  const nowhere = await patch([{ op: 'replace', path: '/etag', value: '"1"' }])
  expect(nowhere.json()).toMatchObject({ code: 'PATCH_INVALID', errors: [{ pointer: '/0/path' }] })
  expect(await read()).toEqual({ etag, body })
  const changed = await patch([{ op: 'add', path: '/entitlements/solutions/-', value: 'target' }])
  expect(changed.statusCode).toBe(200)
  expect((await read()).body).toMatchObject({
    imsOrgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
    entitlements: { solutions: ['marketo', 'audience-manager', 'target'] },
  })
  expect((await patch([{ op: 'remove', path: '/imsOrgId' }])).statusCode).toBe(412)
})

test('what is wrong is named by its place', async () => {
  const { etag, body } = await read()
  const entitlements = { tier: 'prime', solutions: ['nothing'], audienceManagerLicence: 1 }
  const answer = await put(etag, { ...body, entitlements })
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'REQUEST_INVALID'])
  const pointers = answer.json<{ errors: { pointer: string }[] }>().errors
  expect(pointers.map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/entitlements/solutions/0', '/entitlements/audienceManagerLicence']),
  )
})

test('that the legacy integration is on can be said, but only the cutover switches it off', async () => {
  const { etag, body } = await read()
  const on = await put(etag, { ...body, legacySharing: { state: 'enabled' } })
  expect(on.statusCode).toBe(200)
  const { etag: next } = await read()
  for (const legacySharing of [
    { state: 'disabled' },
    { state: 'enabled', disabledAtMs: 5 },
    { state: 'disabled', ticket: 'AAM-52354' },
  ]) {
    const off = await put(next, { ...body, legacySharing })
    expect([off.statusCode, off.json().code]).toEqual([409, 'LEGACY_SHARING_BY_CUTOVER'])
  }
})
