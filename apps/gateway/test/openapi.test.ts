import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'
import { destinationSpecId, flowSpecId } from '@segue/destinations'
import type { Permission } from '@segue/destinations'
import { connect, entitle, flowBody, registerSegments, sender } from './flow-service/connected.ts'
import { exampleUpdate, startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

interface Operation {
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: TSchema }> }
  >
  readonly summary: string
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
}

let gateway: TestGateway
let headers: Record<string, string>
let document: Document
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('admin')
  await gateway.sandbox.ports.dataflows.put({
    id: 'main',
    name: 'Main',
    enabled: true,
    activationDelayMs: 0,
    solutions: ['marketo'],
    segments: { 'ups:segment-1': { name: 'One', solutions: ['marketo'] } },
  })
  document = (await gateway.server.inject({ url: '/openapi.json', headers })).json()
})
afterAll(() => gateway.close())

test('the document is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toBe('3.1.0')
  const { valid, errors } = await new Validator().validate({ ...document })
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
})

test('it lists every route', () => {
  const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(listed.toSorted()).toEqual(
    [
      'GET /healthz',
      'GET /readyz',
      'POST /v1/profiles',
      'GET /v1/profiles/{namespace}/{id}',
      'GET /v1/status',
      'GET /v1/dataflows',
      'GET /v1/dataflows/{id}',
      'GET /v1/dataflows/{id}/solutions',
      'GET /v1/dead-letters',
      'GET /v1/set-aside',
      'POST /v1/set-aside',
      'GET /v1/exports/{namespace}/{id}',
      'GET /v1/exports/segments/{segment}',
      'GET /v1/organisation',
      'PUT /v1/organisation',
      'PATCH /v1/organisation',
      'GET /data/foundation/dulepolicy/labels/core',
      'GET /data/foundation/dulepolicy/labels/core/{name}',
      'GET /data/foundation/dulepolicy/marketingActions/core',
      'GET /data/foundation/dulepolicy/marketingActions/core/{name}',
      'GET /data/foundation/dulepolicy/policies/core',
      'GET /data/foundation/dulepolicy/policies/core/{id}',
      'GET /data/foundation/dulepolicy/marketingActions/core/{name}/constraints',
      'POST /data/foundation/dulepolicy/marketingActions/core/{name}/constraints',
      'GET /data/foundation/dulepolicy/labels/custom',
      'GET /data/foundation/dulepolicy/labels/custom/{name}',
      'GET /data/foundation/dulepolicy/marketingActions/custom',
      'GET /data/foundation/dulepolicy/marketingActions/custom/{name}',
      'GET /data/foundation/dulepolicy/policies/custom',
      'GET /data/foundation/dulepolicy/policies/custom/{id}',
      'GET /data/foundation/dulepolicy/marketingActions/custom/{name}/constraints',
      'POST /data/foundation/dulepolicy/marketingActions/custom/{name}/constraints',
      'PUT /data/foundation/dulepolicy/labels/custom/{name}',
      'PUT /data/foundation/dulepolicy/marketingActions/custom/{name}',
      'DELETE /data/foundation/dulepolicy/marketingActions/custom/{name}',
      'POST /data/foundation/dulepolicy/policies/custom',
      'PUT /data/foundation/dulepolicy/policies/custom/{id}',
      'PATCH /data/foundation/dulepolicy/policies/custom/{id}',
      'DELETE /data/foundation/dulepolicy/policies/custom/{id}',
      'GET /data/foundation/dulepolicy/enabledCorePolicies',
      'PUT /data/foundation/dulepolicy/enabledCorePolicies',
      'POST /data/foundation/dulepolicy/bulk-eval',
      'GET /data/foundation/flowservice/connectionSpecs',
      'GET /data/foundation/flowservice/connectionSpecs/{id}',
      'GET /data/foundation/flowservice/flowSpecs',
      'GET /data/foundation/flowservice/flowSpecs/{id}',
      'GET /data/foundation/flowservice/connections',
      'GET /data/foundation/flowservice/connections/{id}',
      'POST /data/foundation/flowservice/connections',
      'PATCH /data/foundation/flowservice/connections/{id}',
      'DELETE /data/foundation/flowservice/connections/{id}',
      'GET /data/foundation/flowservice/sourceConnections',
      'GET /data/foundation/flowservice/sourceConnections/{id}',
      'POST /data/foundation/flowservice/sourceConnections',
      'PATCH /data/foundation/flowservice/sourceConnections/{id}',
      'DELETE /data/foundation/flowservice/sourceConnections/{id}',
      'GET /data/foundation/flowservice/targetConnections',
      'GET /data/foundation/flowservice/targetConnections/{id}',
      'POST /data/foundation/flowservice/targetConnections',
      'PATCH /data/foundation/flowservice/targetConnections/{id}',
      'DELETE /data/foundation/flowservice/targetConnections/{id}',
      'GET /data/foundation/flowservice/flows',
      'GET /data/foundation/flowservice/flows/{id}',
      'POST /data/foundation/flowservice/flows',
      'PATCH /data/foundation/flowservice/flows/{id}',
      'DELETE /data/foundation/flowservice/flows/{id}',
      'POST /data/foundation/flowservice/flows/{id}/action',
      'GET /data/core/ups/segment/definitions',
      'POST /data/core/ups/segment/definitions',
      'GET /data/core/ups/segment/definitions/{id}',
      'PATCH /data/core/ups/segment/definitions/{id}',
      'PUT /data/core/ups/segment/definitions/{id}',
      'DELETE /data/core/ups/segment/definitions/{id}',
      'GET /metrics',
      'GET /queues/',
      'GET /login',
      'POST /login',
      'POST /logout',
      'GET /openapi.json',
      'GET /v1/me',
      'GET /v1/backfills',
      'GET /v1/backfills/{id}',
      'POST /v1/backfills',
      'GET /v1/cutovers',
      'GET /v1/cutovers/{id}',
      'POST /v1/cutovers',
      'POST /v1/cutovers/{id}/switch',
      'DELETE /v1/cutovers/{id}',
      'POST /data/foundation/access-control/acl/effective-policies',
      'GET /v1/roles',
      'POST /v1/roles',
      'GET /v1/roles/{name}',
      'PUT /v1/roles/{name}',
      'DELETE /v1/roles/{name}',
      'GET /v1/tokens',
      'POST /v1/tokens',
      'DELETE /v1/tokens/{id}',
      'GET /v1/alerts',
      'GET /v1/alerts/{id}',
      'POST /v1/alerts/{id}/acknowledge',
      'GET /v1/alerts/rules',
      'GET /v1/alerts/rules/{rule}',
      'PUT /v1/alerts/rules/{rule}',
      'DELETE /v1/alerts/rules/{rule}',
      'GET /v1/alerts/subscriptions',
      'POST /v1/alerts/subscriptions',
      'GET /v1/alerts/subscriptions/{id}',
      'PUT /v1/alerts/subscriptions/{id}',
      'DELETE /v1/alerts/subscriptions/{id}',
      'POST /v1/alerts/subscriptions/{id}/test',
      'GET /data/foundation/flowservice/runs',
      'GET /data/foundation/flowservice/runs/{id}',
      'GET /v1/codes',
      'GET /v1/audit',
      'POST /v1/privacy-requests',
      'GET /v1/privacy-requests',
      'GET /v1/privacy-requests/{id}',
      'GET /v1/audit/export',
    ].toSorted(),
  )
})

test('bodies with updates are described in every format', () => {
  const operation = document.paths['/v1/profiles']?.['post']
  expect(operation).toMatchObject({
    requestBody: {
      content: {
        'application/json': {},
        'application/x-ndjson': {},
        'application/msgpack': {},
      },
    },
  })
})

test('every operation says what it is for', () => {
  for (const operations of Object.values(document.paths)) {
    for (const { summary } of Object.values(operations)) expect(summary).toMatch(/\w/)
  }
})

const governance = '/data/foundation/dulepolicy'
const evaluation = `${governance}/marketingActions/core/{name}/constraints`
const mails = evaluation.replace('{name}', 'emailTargeting')
const policy = {
  name: 'X',
  marketingActionRefs: ['emailTargeting'],
  deny: { operator: 'AND', operands: [{ label: 'C1' }, { label: 'C2' }] },
  status: 'ENABLED',
}

test.each([
  ['GET', '/v1/organisation', '/v1/organisation', 200, undefined],
  ['POST', `${governance}/policies/custom`, `${governance}/policies/custom`, 201, policy],
  ['GET', `${governance}/policies/custom`, `${governance}/policies/custom`, 200, undefined],
  ['GET', `${governance}/policies/core`, `${governance}/policies/core`, 200, undefined],
  ['GET', `${governance}/labels/core`, `${governance}/labels/core`, 200, undefined],
  [
    'GET',
    `${governance}/marketingActions/core`,
    `${governance}/marketingActions/core`,
    200,
    undefined,
  ],
  ['GET', `${governance}/enabledCorePolicies`, `${governance}/enabledCorePolicies`, 200, undefined],
  ['GET', `${mails}?duleLabels=C1,C2`, evaluation, 200, undefined],
  ['POST', mails, evaluation, 404, [{ entityType: 'segment', entityId: 'none' }]],
  [
    'POST',
    `${governance}/bulk-eval`,
    `${governance}/bulk-eval`,
    200,
    [
      { evalRef: mails, labels: ['C1', 'C2'] },
      { evalRef: mails, entityList: [{ entityType: 'segment', entityId: 'none' }] },
    ],
  ],
  [
    'POST',
    '/v1/profiles',
    '/v1/profiles',
    202,
    [exampleUpdate(1), {}, { identityMap: { crm: [{ id: 'x' }], GAID: [{ id: '' }] } }],
  ],
  ['GET', '/v1/dataflows', '/v1/dataflows', 200, undefined],
  ['GET', '/v1/dataflows/main', '/v1/dataflows/{id}', 200, undefined],
  ['GET', '/v1/dataflows/none', '/v1/dataflows/{id}', 404, undefined],
  ['GET', '/v1/dataflows/main/solutions', '/v1/dataflows/{id}/solutions', 200, undefined],
  ['GET', '/v1/dataflows/none/solutions', '/v1/dataflows/{id}/solutions', 404, undefined],
  ['GET', '/v1/status', '/v1/status', 200, undefined],
  ['GET', '/v1/dead-letters', '/v1/dead-letters', 200, undefined],
  ['GET', '/v1/dead-letters?limit=0', '/v1/dead-letters', 400, undefined],
  ['GET', '/v1/set-aside', '/v1/set-aside', 200, undefined],
  [
    'POST',
    '/v1/set-aside',
    '/v1/set-aside',
    404,
    { partition: 0, place: '1-0|LOG_ENTRY_UNREADABLE', action: 'replay' },
  ],
  ['GET', '/v1/exports/crm/nobody', '/v1/exports/{namespace}/{id}', 404, undefined],
  ['GET', '/v1/exports/segments/ups%3Asegment-1', '/v1/exports/segments/{segment}', 200, undefined],
  ['GET', '/v1/profiles/GAID/x', '/v1/profiles/{namespace}/{id}', 400, undefined],
  ['GET', '/v1/profiles/crm/nobody', '/v1/profiles/{namespace}/{id}', 404, undefined],
  ['GET', '/healthz', '/healthz', 200, undefined],
  ['GET', '/readyz', '/readyz', 200, undefined],
] as const)(
  '%s %s answers as %s is described for %i',
  async (method, url, path, status, payload) => {
    const answer = await gateway.server.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    })
    expect(answer.statusCode).toBe(status)
    expectDescribed(path, method, status, answer.json())
  },
)

/** Holds an answer against its schema in the document. */
function expectDescribed(path: string, method: string, status: number, body: unknown): void {
  const responses = document.paths[path]?.[method.toLowerCase()]?.responses ?? {}
  const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`]
  const schema = response?.content?.['application/json']?.schema
  expect(schema).toBeDefined()
  const validator = Compile(schema!)
  expect(validator.Errors(body)).toEqual([])
}

test('the flow service and segment definitions answer as they are described', async () => {
  const send = sender(gateway, headers)
  await entitle(send)
  await registerSegments(send, ['a'])
  const ends = await connect(send)
  const flowService = '/data/foundation/flowservice'
  const definitions = '/data/core/ups/segment/definitions'
  const hold = async (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    status: number,
    id = '',
    body?: object,
    ifMatch?: string,
  ): Promise<string> => {
    const options = {
      ...(body === undefined ? {} : { body }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
    }
    const answer = await send(method, path.replace('{id}', id), options)
    expect([path, answer.status]).toEqual([path, status])
    const [pattern = ''] = path.split('?')
    expectDescribed(pattern, method, status, answer.body)
    return answer.body.id
  }
  const renamed = [{ op: 'replace', path: '/name', value: 'Renamed' }]
  const flow = await hold('POST', `${flowService}/flows`, 201, '', flowBody(ends, ['a']))
  const ids = {
    connectionSpecs: destinationSpecId,
    flowSpecs: flowSpecId,
    connections: ends.baseId,
    sourceConnections: ends.sourceId,
    targetConnections: ends.targetId,
    flows: flow,
  }
  for (const [kind, id] of Object.entries(ids)) {
    const path = `${flowService}/${kind}`
    await hold('GET', path, 200)
    await hold('GET', `${path}/{id}`, 200, id)
    await hold('GET', `${path}/{id}`, 404, 'none')
    if (kind.endsWith('Specs')) continue
    await hold('POST', path, 400, '', {})
    await hold('PATCH', `${path}/{id}`, 400, id, renamed)
    const { etag } = await send('GET', `${path}/${id}`)
    await hold('PATCH', `${path}/{id}`, 200, id, renamed, etag)
    await hold('PATCH', `${path}/{id}`, 412, id, renamed, etag)
  }
  await hold('POST', `${flowService}/flows?dryRun=true`, 200, '', flowBody(ends))
  await hold('POST', `${flowService}/flows/{id}/action?op=disable`, 200, flow)
  await hold('POST', `${flowService}/flows/{id}/action?op=publish`, 400, flow)
  await hold('GET', definitions, 200)
  await hold('GET', `${definitions}/{id}`, 200, 'a')
  await hold('GET', `${definitions}/{id}`, 404, 'none')
  await hold('POST', definitions, 422, '', { id: 'a', name: 'A' })
  await hold('PATCH', `${definitions}/{id}`, 200, 'a', renamed)
})

test('the page to read it brings everything along', async () => {
  const only: Permission = 'data-monitoring'
  const permitted = await gateway.headers(only)
  const page = await gateway.server.inject({ url: '/docs/', headers: permitted })
  expect(page.statusCode).toBe(200)
  expect(page.payload).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  const [, script] = /<script src="([^"]+)"/.exec(page.payload) ?? []
  expect(script).toBe('js/scalar.js')
  const file = await gateway.server.inject({ url: `/docs/${script}`, headers: permitted })
  expect(file.statusCode).toBe(200)
  expect(file.payload.length).toBeGreaterThan(100_000)
})
