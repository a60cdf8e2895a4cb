import { randomUUID } from 'node:crypto'
import {
  configure,
  destinationSpecId,
  organisationDefaults,
  organisationId,
  segmentDocumentId,
  specVersion,
} from '@segue/destinations'
import type { Write } from '@segue/destinations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('manage-data-usage-policies', 'view-data-usage-policies')
  await write(segment('buyers', ['C1', 'C5']), segment('visitors', ['C2', 'S1']))
})
afterAll(() => gateway.close())

const base = '/data/foundation/dulepolicy'
async function call(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
  more: Record<string, string> = {},
) {
  return gateway.server.inject({
    method,
    url: `${base}${path}`,
    headers: { ...headers, host: 'segue.test', ...more },
    ...(payload === undefined ? {} : { payload }),
  })
}
async function write(...writes: readonly Write[]): Promise<void> {
  const ports = { store: gateway.configuration, nowMs: Date.now, newId: randomUUID }
  await configure(ports, { name: 'test' }, () => ({ writes, answer: () => undefined }))
}
function segment(id: string, labels: readonly string[]): Write {
  const sandboxName = gateway.sandbox.name
  return {
    kind: 'segment',
    id: segmentDocumentId(sandboxName, `ups:${id}`),
    value: {
      sandboxName,
      namespace: 'ups',
      id,
      name: id,
      description: '',
      labels,
      evaluation: 'continuous',
      origin: 'registered',
    },
  }
}
/** Activates a segment for a destination that is used for data science. */
async function activated(id: string, labels: readonly string[]): Promise<void> {
  const named = { sandboxName: gateway.sandbox.name, name: 'Example', description: '' }
  const connectionSpec = { id: destinationSpecId, version: specVersion }
  const entitlements = {
    tier: 'prime',
    solutions: ['target'],
    audienceManagerLicence: false,
  } as const
  const params = { solutions: ['target'], activationDelayMs: 0, marketingActions: ['dataScience'] }
  const selector = { segment: `ups:${id}`, solutions: ['target'], createdAtMs: 1, updatedAtMs: 1 }
  await write({
    kind: 'organisation',
    id: organisationId,
    value: { ...organisationDefaults, entitlements },
  })
  await write(
    segment(id, labels),
    {
      kind: 'connection',
      id: 'base',
      value: { ...named, connectionSpec, state: 'enabled' },
    },
    {
      kind: 'targetConnection',
      id: 'target',
      value: { ...named, connectionSpec, baseConnectionId: 'base', params },
    },
    {
      kind: 'flow',
      id: 'flow',
      value: {
        ...named,
        state: 'enabled',
        sourceConnectionId: 'source',
        targetConnectionId: 'target',
        selectors: [selector],
        backfills: [],
        held: false,
      },
    },
  )
}
const absolute = `http://segue.test${base}`
const made = {
  imsOrg: expect.stringMatching(/@AdobeOrg$/),
  created: expect.any(Number),
  createdClient: 'test',
  createdUser: 'test',
  updated: expect.any(Number),
  updatedClient: 'test',
  updatedUser: 'test',
}

// The platform's own example of a policy (`reference/platform.md` §6.3).
const documented = {
  name: 'Export Data to Third Party',
  status: 'ENABLED',
  marketingActionRefs: ['../marketingActions/custom/exportOurs'],
  description: 'When data cannot be exported',
  deny: {
    operator: 'OR',
    operands: [{ label: 'C1' }, { operator: 'AND', operands: [{ label: 'C3' }, { label: 'C7' }] }],
  },
}

test('a marketing action of one’s own is made, changed, read, and deleted once nothing uses it', async () => {
  const path = '/marketingActions/custom/exportOurs'
  const description = 'To partners'
  const created = await call('PUT', path, { name: 'exportOurs', description: 'x' })
  expect(created.statusCode).toBe(201)
  const changed = await call('PUT', path, { ...created.json(), description })
  expect([changed.statusCode, changed.json()]).toEqual([
    200,
    {
      name: 'exportOurs',
      description,
      ...made,
      _links: { self: { href: `${absolute}/marketingActions/custom/exportOurs` } },
    },
  ])
  expect((await call('GET', path)).json()).toEqual(changed.json())
  const other = await call('PUT', path, { name: 'another' })
  expect([other.statusCode, other.json().code]).toEqual([400, 'NAME_MISMATCH'])

  const { id } = (await call('POST', '/policies/custom', documented)).json()
  const used = await call('DELETE', path)
  expect([used.statusCode, used.json()]).toMatchObject([
    400,
    { code: 'MARKETING_ACTION_IN_USE', policyIds: [id] },
  ])
  expect((await call('DELETE', `/policies/custom/${id}`)).statusCode).toBe(200)
  const deleted = await call('DELETE', path)
  expect([deleted.statusCode, deleted.payload]).toEqual([200, ''])
  for (const method of ['GET', 'DELETE'] as const) {
    const gone = await call(method, path)
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'MARKETING_ACTION_NOT_FOUND'])
  }
})

test('core marketing actions and labels are listed in pages', async () => {
  const answer = await call('GET', '/marketingActions/core?limit=9')
  const { _links: links, children: first } = answer.json()
  expect(answer.json()).toMatchObject({
    _page: { start: 'analytics', count: 9 },
    _links: {
      page: {
        href: `${absolute}/marketingActions/core{?limit,start,property}`,
        templated: true,
      },
    },
  })
  const next = await gateway.server.inject({ url: links.next.href, headers })
  const names = [...first, ...next.json().children].map(({ name }: { name: string }) => name)
  expect(names).toEqual([
    'analytics',
    'combineWithPii',
    'crossSiteTargeting',
    'dataScience',
    'emailTargeting',
    'exportToThirdParty',
    'onsiteAdvertising',
    'onsitePersonalization',
    'segmentMatch',
    'singleIdentityPersonalization',
  ])
  expect(next.json()).not.toHaveProperty('_links.next')
  const contract = await call('GET', '/labels/core?property=category==Contract')
  expect(contract.json()).toMatchObject({ _page: { count: 12 } })
  expect((await call('GET', '/labels/core/C1')).json()).toMatchObject({ name: 'C1' })
  expect((await call('GET', '/labels/core/c1')).json()).toMatchObject({ code: 'LABEL_NOT_FOUND' })
  const wrong = await call('GET', '/marketingActions/core?start=nothing')
  expect([wrong.statusCode, wrong.json().errors]).toEqual([
    400,
    [{ pointer: '/start', detail: expect.any(String) }],
  ])
})

test('a label of one’s own can be used in policies, and cannot take a core label’s name', async () => {
  const label = { friendlyName: 'Banking', description: 'Of banks' }
  expect((await call('PUT', '/labels/custom/L1', label)).statusCode).toBe(201)
  const again = await call('PUT', '/labels/custom/L1', { name: 'L1', ...label })
  expect([again.statusCode, again.json()]).toMatchObject([200, { category: 'Custom', ...label }])
  expect((await call('PUT', '/labels/custom/C1', label)).json().code).toBe('NAME_MISMATCH')
  const policy = { ...documented, marketingActionRefs: ['analytics'], status: 'DRAFT' }
  const created = await call('POST', '/policies/custom', { ...policy, deny: { label: 'L1' } })
  expect(created.statusCode).toBe(201)
  await call('DELETE', `/policies/custom/${created.json().id}`)
})

test('a policy is made, read, replaced, changed in parts, and deleted', async () => {
  const refs = ['../marketingActions/core/exportToThirdParty', 'dataScience']
  const posted = { ...documented, status: undefined, marketingActionRefs: refs }
  const created = await call('POST', '/policies/custom', posted)
  expect(created.statusCode).toBe(201)
  const { id } = created.json()
  expect(created.json()).toEqual({
    ...documented,
    id,
    status: 'DRAFT',
    marketingActionRefs: ['exportToThirdParty', 'dataScience'].map(
      (name) => `${absolute}/marketingActions/core/${name}`,
    ),
    ...made,
    _links: { self: { href: `${absolute}/policies/custom/${id}` } },
  })
  const path = `/policies/custom/${id}`
  const read = await call('GET', path)
  expect([read.json(), read.headers.etag]).toEqual([created.json(), created.headers.etag])
  expect((await call('GET', '/policies/custom')).json()).toMatchObject({
    _page: { start: id, count: 1 },
    children: [created.json()],
  })

  const patched = await call('PATCH', path, [
    { op: 'remove', path: '/description' },
    { op: 'add', path: '/description', value: 'New' },
    { op: 'replace', path: '/status', value: 'ENABLED' },
  ])
  expect([patched.statusCode, patched.json()]).toMatchObject([
    200,
    { id, status: 'ENABLED', description: 'New', deny: documented.deny },
  ])
  const stale = { 'if-match': String(read.headers.etag) }
  for (const [method, body] of [
    ['PATCH', [{ op: 'remove', path: '/description' }]],
    ['PUT', documented],
    ['DELETE', undefined],
  ] as const) {
    expect((await call(method, path, body, stale)).statusCode).toBe(412)
  }
  // What was read may be sent back, changed.
  const fresh = { 'if-match': String(patched.headers.etag) }
  const replaced = await call('PUT', path, { ...patched.json(), deny: { label: 'S2' } }, fresh)
  expect([replaced.statusCode, replaced.json().deny]).toEqual([200, { label: 'S2' }])
  const deleted = await call('DELETE', path)
  expect([deleted.statusCode, deleted.payload]).toEqual([200, ''])
  expect((await call('GET', path)).json()).toMatchObject({ status: 404, code: 'POLICY_UNKNOWN' })
})

test.each([
  ['no name', { name: undefined }, 'REQUEST_INVALID', ''],
  ['a status of another kind', { status: 'ENABLE' }, 'REQUEST_INVALID', '/status'],
  ['a field that it has not', { labels: [] }, 'REQUEST_INVALID', ''],
  ['no expression', { deny: undefined }, 'REQUEST_INVALID', ''],
  [
    'an expression of both kinds',
    { deny: { label: 'C1', operator: 'OR', operands: [] } },
    'POLICY_INVALID',
    '/deny',
  ],
  [
    'a label in the wrong case',
    { deny: { operator: 'OR', operands: [{ label: 'c1' }] } },
    'LABEL_UNKNOWN',
    '/deny/operands/0/label',
  ],
  [
    'an unknown marketing action',
    { marketingActionRefs: ['dataScience', '../marketingActions/custom/none'] },
    'MARKETING_ACTION_UNKNOWN',
    '/marketingActionRefs/1',
  ],
])('a policy with %s is refused, and the place named', async (_, change, code, pointer) => {
  const body = { ...documented, marketingActionRefs: ['dataScience'], ...change }
  const refused = await call('POST', '/policies/custom', body)
  expect([refused.statusCode, refused.json()]).toMatchObject([
    400,
    {
      code,
      title: expect.any(String),
      detail: expect.any(String),
      errors: expect.arrayContaining([{ pointer, detail: expect.any(String) }]),
    },
  ])
})

test('core policies are enabled as a list, and cannot be changed otherwise', async () => {
  const core = (await call('GET', '/policies/core')).json().children
  expect(core.map(({ status }: { status: string }) => status)).toEqual(['DRAFT', 'DRAFT'])
  expect((await call('GET', '/enabledCorePolicies')).json()).toMatchObject({ policyIds: [] })
  const enabled = await call('PUT', '/enabledCorePolicies', { policyIds: ['corepolicy_0001'] })
  expect([enabled.statusCode, enabled.json()]).toEqual([
    200,
    {
      policyIds: ['corepolicy_0001'],
      ...made,
      _links: { self: { href: `${absolute}/enabledCorePolicies` } },
    },
  ])
  expect((await call('GET', '/policies/core/corepolicy_0001')).json()).toMatchObject({
    name: 'Restrict email targeting',
    status: 'ENABLED',
    deny: { operator: 'OR', operands: [{ label: 'C4' }, { label: 'C5' }] },
  })
  const refused = await call('PUT', '/enabledCorePolicies', { policyIds: ['corepolicy_0099'] })
  expect([refused.statusCode, refused.json().code]).toEqual([404, 'POLICY_UNKNOWN'])
  expect((await call('DELETE', '/policies/core/corepolicy_0001')).statusCode).toBe(404)
  expect((await call('DELETE', '/policies/custom/corepolicy_0001')).statusCode).toBe(404)
})

const mail = '/marketingActions/core/emailTargeting/constraints'

test('an evaluation for labels tells what is violated, with 200', async () => {
  const answer = await call('GET', `${mail}?duleLabels=C1,C5`)
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    {
      timestamp: expect.any(Number),
      clientId: 'test',
      userId: 'test',
      imsOrg: made.imsOrg,
      sandboxName: gateway.sandbox.name,
      marketingActionRef: `${absolute}/marketingActions/core/emailTargeting`,
      duleLabels: ['C1', 'C5'],
      violatedPolicies: [(await call('GET', '/policies/core/corepolicy_0001')).json()],
    },
  ])
  for (const labels of ['C1', 'c5', 'C55']) {
    const allowed = await call('GET', `${mail}?duleLabels=${labels}`)
    expect([allowed.statusCode, allowed.json().violatedPolicies]).toEqual([200, []])
  }
  const other = await call('GET', '/marketingActions/core/analytics/constraints?duleLabels=C5')
  expect(other.json().violatedPolicies).toEqual([])
})

/** Ids of the policies that an evaluation finds violated. */
async function violatedIds(path: string): Promise<string[]> {
  const { violatedPolicies } = (await call('GET', path)).json()
  return violatedPolicies.map(({ id }: { readonly id: string }) => id)
}

test('drafts take part where they are asked for', async () => {
  const share = '/marketingActions/core/segmentMatch/constraints?duleLabels=C11'
  expect(await violatedIds(share)).toEqual([])
  expect(await violatedIds(`${share}&includeDraft=true`)).toEqual(['corepolicy_0002'])
})

test('an evaluation for segments takes their labels, of each by itself', async () => {
  const both = { operator: 'AND', operands: [{ label: 'C1' }, { label: 'S1' }] }
  const policy = { ...documented, marketingActionRefs: ['core/emailTargeting'], deny: both }
  const { id } = (await call('POST', '/policies/custom', policy)).json()
  const answer = await call('POST', mail, [
    { entityType: 'segment', entityId: 'ups:buyers' },
    { entityType: 'segment', entityId: 'visitors' },
  ])
  expect(answer.json()).toMatchObject({
    duleLabels: ['C1', 'C5', 'C2', 'S1'],
    discoveredLabels: [
      {
        entityType: 'segment',
        entityId: 'ups:buyers',
        segmentLabels: { segment: { labels: ['C1', 'C5'] } },
      },
      { entityId: 'ups:visitors' },
    ],
    violatedPolicies: [{ id: 'corepolicy_0001' }],
  })
  await write(segment('visitors', ['C1', 'S1']))
  const later = await call('POST', mail, [{ entityType: 'segment', entityId: 'visitors' }])
  expect(later.json().violatedPolicies).toMatchObject([{ id }])
  await call('DELETE', `/policies/custom/${id}`)
  const unknown = await call('POST', mail, [{ entityType: 'segment', entityId: 'none' }])
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'ENTITY_UNKNOWN'])
  const wrong = await call('POST', mail, [{ entityType: 'dataSet', entityId: 'x' }])
  expect([wrong.statusCode, wrong.json().code]).toEqual([400, 'REQUEST_INVALID'])
})

test('evaluations in bulk are answered in their order, each with its own status', async () => {
  const evalRef = `https://platform.adobe.io:443${base}${mail}`
  const answer = await call('POST', '/bulk-eval', [
    { evalRef, labels: ['C5'] },
    { evalRef: evalRef.replace('emailTargeting', 'none'), labels: ['C5'] },
    { evalRef, includeDraft: false, labels: ['C1', 'C2', 'C3'] },
    { evalRef, entityList: [{ entityType: 'segment', entityId: 'nobody' }] },
    { evalRef, entityList: [{ entityType: 'segment', entityId: 'buyers' }] },
  ])
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    [
      { status: 200, body: { violatedPolicies: [{ id: 'corepolicy_0001' }] } },
      { status: 404, error: { code: 'MARKETING_ACTION_NOT_FOUND', status: 404 } },
      { status: 200, body: { violatedPolicies: [] } },
      { status: 404, error: { code: 'ENTITY_UNKNOWN' } },
      { status: 200, body: { duleLabels: ['C1', 'C5'] } },
    ],
  ])
})

test.each([
  [
    'both labels and entities',
    '/1',
    { labels: ['C1'], entityList: [{ entityType: 'segment', entityId: 'x' }] },
  ],
  ['neither', '/1', {}],
  ['an address of something else', '/1/evalRef', { evalRef: '/policies/core', labels: [] }],
])('a bulk evaluation with %s is refused as a whole', async (_, pointer, item) => {
  const evalRef = `${base}${mail}`
  const answer = await call('POST', '/bulk-eval', [
    { evalRef, labels: ['C5'] },
    { evalRef, ...item },
  ])
  expect([answer.statusCode, answer.json()]).toMatchObject([
    400,
    { code: 'REQUEST_INVALID', errors: [{ pointer }] },
  ])
})

test('a change that would violate is refused, whichever it is, and says what to do', async () => {
  await activated('visitors', ['C1', 'S2'])
  const deny = { operator: 'AND', operands: [{ label: 'C2' }, { label: 'S2' }] }
  const policy = { ...documented, marketingActionRefs: ['dataScience'], deny }
  const { id } = (await call('POST', '/policies/custom', policy)).json()
  const path = `/policies/custom/${id}`
  const narrower = [{ op: 'replace', path: '/deny', value: { label: 'S2' } }]
  const before = (await call('GET', path)).json()
  const refused = await call('PATCH', path, narrower)
  expect([refused.statusCode, refused.json()]).toMatchObject([
    409,
    {
      type: 'urn:segue:problem:POLICY_VIOLATION',
      status: 409,
      code: 'POLICY_VIOLATION',
      violationCount: 1,
      violations: [
        {
          policyId: id,
          policyName: policy.name,
          condition: 'S2',
          labels: ['core/S2'],
          marketingAction: 'core/dataScience',
          segment: { id: 'ups:visitors' },
          flow: { id: 'flow' },
          triggeredBy: ['policy'],
          remedies: [
            expect.any(String),
            expect.any(String),
            expect.any(String),
            expect.any(String),
          ],
        },
      ],
    },
  ])
  expect((await call('GET', path)).json()).toEqual(before)
  // The same by labels.
  await expect(write(segment('visitors', ['C2', 'S2']))).rejects.toMatchObject({
    code: 'POLICY_VIOLATION',
  })
  expect((await call('DELETE', path)).statusCode).toBe(200)
  await write(segment('visitors', ['C2', 'S2']))
})

test('every change is in the audit', async () => {
  const events = await gateway.configuration.audit({ limit: 1_000 })
  const changes = events.map(({ kind, action }) => `${kind} ${action}`)
  for (const change of [
    'policy created',
    'policy updated',
    'policy deleted',
    'marketingAction created',
    'label created',
    'corePolicies created',
  ]) {
    expect(changes).toContain(change)
  }
})
