import { configure, signingSecret, subscriptionsLimit } from '@segue/destinations'
import type { Alert, AlertStore } from '@segue/destinations'
import { redisAlerts } from '@segue/redis'
import type { LightMyRequestResponse } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, entitle, flowBody, registerSegments, sender } from './flow-service/connected.ts'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let store: AlertStore
let all: Record<string, string>
let described: Record<
  string,
  Record<
    string,
    { responses: Record<string, { content?: Record<string, { schema: TSchema }> }> } | undefined
  >
>
beforeAll(async () => {
  gateway = await startGateway()
  store = redisAlerts(gateway.redis, gateway.name)
  all = await gateway.headers(
    'view-alerts',
    'view-alerts-history',
    'manage-alerts',
    'resolve-alerts',
  )
  const document = await gateway.server.inject({ url: '/openapi.json', headers: all })
  described = document.json().paths
})
afterAll(() => gateway.close())

async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  own: { readonly headers?: Record<string, string>; readonly payload?: object } = {},
): Promise<LightMyRequestResponse> {
  const { headers = all, payload } = own
  const url = `/v1/alerts${path}`
  const answer = await gateway.server.inject({
    method,
    url,
    headers,
    ...(payload ? { payload } : {}),
  })
  expect([url, faultsOf(method, url, answer)]).toEqual([url, []])
  return answer
}

/** What of an answer is not as the OpenAPI document says. */
function faultsOf(method: string, url: string, answer: LightMyRequestResponse): unknown {
  if (answer.payload === '') return []
  const [route = ''] = url.split('?')
  const path = Object.keys(described)
    .toSorted((one, other) => one.split('{').length - other.split('{').length)
    .find((known) => new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(route))
  const { responses = {} } = described[path ?? '']?.[method.toLowerCase()] ?? {}
  const status = answer.statusCode
  const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`]
  const schema = response?.content?.['application/json']?.schema
  return schema === undefined ? ['not described'] : Compile(schema).Errors(answer.json())
}

const raisedAtMs = Date.UTC(2026, 10, 23)
const alert = (id: string): Alert => ({
  id,
  sandboxName: gateway.name,
  severity: 'critical',
  rule: 'solution-unreachable',
  solution: 'marketo',
  value: 400,
  threshold: 0,
  code: 'HTTP_503',
  detail: 'nothing is sent to marketo',
  raisedAtMs,
})

const key = (id: string): string => `key-${id}`

/** Writes what a look of a processor would. */
async function look(raised: readonly string[], resolved: readonly string[]): Promise<void> {
  await store.begin('test', 60_000)
  await store.write('test', {
    watches: new Map([
      ...raised.map((id) => {
        const watch = { key: key(id), sinceMs: 1, alert: alert(id) }
        return [key(id), { ...watch, rule: watch.alert.rule }] as const
      }),
      ...resolved.map((id) => [key(id), undefined] as const),
    ]),
    resolved: resolved.map((id) => ({
      ...alert(id),
      resolvedAtMs: Date.now(),
      resolvedBy: 'cleared',
    })),
    messages: [],
  })
}

test('alerts are listed, those that are over only to who may see history', async () => {
  expect((await ask('GET', '')).json()).toEqual({ alerts: [] })
  await look(['a', 'b'], [])
  await look([], ['b'])
  const viewer = await gateway.headers('view-alerts')
  const { alerts, lookedAt } = (await ask('GET', '', { headers: viewer })).json()
  expect(alerts).toMatchObject([
    { id: 'a', state: 'raised', raisedAt: '2026-11-23T00:00:00.000Z', solution: 'marketo' },
  ])
  expect(Date.parse(lookedAt)).toBeGreaterThan(raisedAtMs)
  for (const path of ['?state=resolved', '?state=all', '/b']) {
    const refused = await ask('GET', path, { headers: viewer })
    expect([path, refused.statusCode, refused.json()]).toMatchObject([
      path,
      403,
      { code: 'PERMISSION_MISSING', permission: 'view-alerts-history' },
    ])
  }
  const ids = async (query: string): Promise<unknown> =>
    (await ask('GET', query)).json().alerts.map((one: { id: string }) => one.id)
  expect(await ids('?state=resolved')).toEqual(['b'])
  expect(await ids('?state=all')).toEqual(['a', 'b'])
  expect(await ids('?state=all&limit=1')).toEqual(['a'])
  expect(await ids('?state=resolved&before=2026-11-01T00:00:00Z')).toEqual([])
  expect((await ask('GET', '/b')).json()).toMatchObject({
    state: 'resolved',
    resolvedBy: 'cleared',
  })
  expect((await ask('GET', '?before=soon')).json()).toMatchObject({ code: 'REQUEST_INVALID' })
  expect((await ask('GET', '?state=closed')).json()).toMatchObject({ code: 'REQUEST_INVALID' })
  const unknown = await ask('GET', '/nobody')
  expect([unknown.statusCode, unknown.json()]).toMatchObject([404, { code: 'ALERT_UNKNOWN' }])
})

test('an alert of another sandbox is not there', async () => {
  await look(['own'], [])
  const headers = { ...all, 'x-sandbox-name': gateway.name.slice(0, 20) }
  expect((await ask('GET', '/own', { headers })).statusCode).toBe(404)
  expect((await ask('POST', '/own/acknowledge', { headers, payload: {} })).statusCode).toBe(404)
})

test('an alert is acknowledged once, by whom and when is told, and the audit has it', async () => {
  await look(['seen'], [])
  const payload = { note: 'a new client secret is on its way' }
  const answer = await ask('POST', '/seen/acknowledge', { payload })
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { state: 'raised', acknowledged: { by: 'test', note: payload.note } },
  ])
  const again = await ask('POST', '/seen/acknowledge', { payload })
  expect([again.statusCode, again.json()]).toMatchObject([409, { code: 'ALERT_ACKNOWLEDGED' }])
  const audit = await gateway.configuration.audit({ limit: 1_000 })
  expect(audit.filter(({ kind, id }) => kind === 'alert' && id === 'seen')).toMatchObject([
    { actor: 'test', action: 'acknowledged', sandboxName: gateway.name, after: payload },
  ])
  await look([], ['seen'])
  expect((await ask('GET', '/seen')).json()).toMatchObject({
    state: 'resolved',
    acknowledged: { note: payload.note },
  })
  const over = await ask('POST', '/seen/acknowledge', { payload: {} })
  expect([over.statusCode, over.json()]).toMatchObject([409, { code: 'ALERT_OVER' }])
  const unknown = await ask('POST', '/nobody/acknowledge', { payload: {} })
  expect(unknown.statusCode).toBe(404)
})

test('thresholds are changed by etag, and taken back', async () => {
  const { rules } = (await ask('GET', '/rules')).json()
  const skipped = rules.find((one: { rule: string }) => one.rule === 'skipped-rate')
  expect(skipped).toMatchObject({ threshold: 1, unit: 'percent', etag: '"default"' })
  const { enabled, raiseAfterSecs, resolveAfterSecs, recordsMin } = skipped
  const payload = { enabled, raiseAfterSecs, resolveAfterSecs, recordsMin, threshold: 0.5 }
  const put = (ifMatch: string | undefined, own: object = payload) =>
    ask('PUT', '/rules/skipped-rate', {
      payload: own,
      headers: { ...all, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
    })
  expect((await put(undefined)).json()).toMatchObject({ code: 'IF_MATCH_MISSING' })
  expect((await put('"default"', { ...payload, threshold: -1 })).json()).toMatchObject({
    code: 'REQUEST_INVALID',
    errors: [{ pointer: '/threshold' }],
  })
  const changed = await put('"default"')
  expect(changed.json()).toMatchObject({ threshold: 0.5, defaults: { threshold: 1 } })
  expect((await put('"default"')).statusCode).toBe(412)
  const { etag } = (await ask('GET', '/rules/skipped-rate')).json()
  expect(changed.headers.etag).toBe(etag)
  const back = await ask('DELETE', '/rules/skipped-rate', {
    headers: { ...all, 'if-match': etag },
  })
  expect(back.json()).toEqual(skipped)
  expect((await ask('GET', '/rules/other')).json()).toMatchObject({ code: 'ALERT_RULE_UNKNOWN' })
})

const webhook = {
  rules: ['lag'],
  enabled: true,
  channel: { type: 'webhook', url: 'https://hooks.example/services/T0/B0' },
}

test('a secret is shown when it is made, and never again', async () => {
  const made = await ask('POST', '/subscriptions', { payload: webhook })
  expect(made.statusCode).toBe(201)
  const { id, etag, channel } = made.json()
  expect(channel.secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/)
  const secret: string = channel.secret
  const own = signingSecret(new Uint8Array(24).fill(7))
  const path = `/subscriptions/${id}`
  const put = (ifMatch: string, payload: object) =>
    ask('PUT', path, { payload, headers: { ...all, 'if-match': ifMatch } })
  const changed = await put(etag, { ...webhook, enabled: false })
  const brought = await put(changed.json().etag, {
    ...webhook,
    channel: { ...webhook.channel, secret: own },
  })
  const seen = [
    changed,
    brought,
    await ask('GET', path),
    await ask('GET', '/subscriptions'),
    await ask('POST', `${path}/test`),
  ].map(({ payload }) => payload)
  const audit = JSON.stringify(await gateway.configuration.audit({ limit: 1_000 }))
  for (const text of [...seen, audit, gateway.logged()]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(own)
  }
  const kept = (await gateway.configuration.read()).get('alertSubscription', id)
  expect(kept?.value.channel).toMatchObject({ secret: own })
})

test('who may not change a subscription does not see the path of its address', async () => {
  const { id } = (await ask('POST', '/subscriptions', { payload: webhook })).json()
  const headers = await gateway.headers('view-alerts')
  const { channel } = (await ask('GET', `/subscriptions/${id}`, { headers })).json()
  expect(channel).toEqual({ type: 'webhook', url: 'https://hooks.example/…' })
})

test('a subscription is changed and removed by its etag, in its sandbox', async () => {
  const { id, etag } = (await ask('POST', '/subscriptions', { payload: webhook })).json()
  const path = `/subscriptions/${id}`
  const email = { ...webhook, channel: { type: 'email', to: 'ops@example.com' } }
  const elsewhere = { ...all, 'x-sandbox-name': gateway.name.slice(0, 20) }
  for (const [headers, code] of [
    [all, 'IF_MATCH_MISSING'],
    [{ ...all, 'if-match': '"old"' }, 'ETAG_STALE'],
    [{ ...elsewhere, 'if-match': etag }, 'SUBSCRIPTION_UNKNOWN'],
  ] as const) {
    expect((await ask('PUT', path, { headers, payload: email })).json()).toMatchObject({ code })
    expect((await ask('DELETE', path, { headers })).json()).toMatchObject({ code })
  }
  expect((await ask('GET', path, { headers: elsewhere })).statusCode).toBe(404)
  const changed = await ask('PUT', path, {
    headers: { ...all, 'if-match': etag },
    payload: email,
  })
  expect(changed.json()).toMatchObject({ channel: email.channel, createdBy: 'test' })
  const headers = { ...all, 'if-match': changed.json().etag }
  expect((await ask('DELETE', path, { headers })).statusCode).toBe(204)
  expect((await ask('GET', path)).statusCode).toBe(404)
  expect((await ask('POST', `${path}/test`)).statusCode).toBe(404)
})

test.each([
  [{ ...webhook, rules: ['everything'] }, 'REQUEST_INVALID'],
  [{ ...webhook, schedule: 'daily' }, 'REQUEST_INVALID'],
  [{ ...webhook, channel: { type: 'sms', to: '1' } }, 'REQUEST_INVALID'],
  [
    { ...webhook, channel: { type: 'webhook', url: 'ftp://hooks.example' } },
    'SUBSCRIPTION_INVALID',
  ],
  [
    { ...webhook, channel: { type: 'email', to: 'a@b.example\r\nBcc: c@d.example' } },
    'SUBSCRIPTION_INVALID',
  ],
  [{ ...webhook, flowId: 'none' }, 'SUBSCRIPTION_INVALID'],
])('%j is refused as %s', async (payload, code) => {
  const answer = await ask('POST', '/subscriptions', { payload })
  expect([answer.statusCode, answer.json()]).toMatchObject([400, { code }])
  expect(answer.json().errors[0].pointer).toMatch(/^\//)
})

test('a test message waits for a processor', async () => {
  const { id } = (await ask('POST', '/subscriptions', { payload: webhook })).json()
  const answer = await ask('POST', `/subscriptions/${id}/test`)
  expect([answer.statusCode, answer.json()]).toMatchObject([202, { status: 'waiting' }])
  const { messageId } = answer.json()
  const message = await store.message(messageId)
  expect(message).toMatchObject({ change: 'test', subscriptionId: id })
  const told = { messageId, subscriptionId: id, change: 'test', atMs: 5, attempts: 3 } as const
  await store.settle(message!, { ...told, status: 'dead', code: 'WEBHOOK_HTTP_500' })
  expect((await ask('GET', `/subscriptions/${id}`)).json()).toMatchObject({
    lastMessage: { messageId, status: 'dead', code: 'WEBHOOK_HTTP_500', attempts: 3 },
  })
})

/** Subscriptions to the alerts of one flow. */
async function subscribed(): Promise<unknown[]> {
  const { subscriptions } = (await ask('GET', '/subscriptions')).json()
  return subscriptions.filter((one: { flowId?: string }) => one.flowId !== undefined)
}

test('who makes a flow may subscribe to its alerts in the same request', async () => {
  const send = sender(gateway, await gateway.headers('admin'))
  await entitle(send)
  await registerSegments(send, ['buyers'])
  const flow = flowBody(await connect(send), ['buyers'])
  const alerts = [{ rules: ['skipped-rate'], channel: { type: 'email', to: 'ops@example.com' } }]
  const wrong = { ...flow, alerts: [{ ...alerts[0], channel: { type: 'email', to: 'nobody' } }] }
  expect((await send('POST', '/flows', { body: wrong })).body).toMatchObject({
    code: 'SUBSCRIPTION_INVALID',
    errors: [{ pointer: '/alerts/0/channel/to' }],
  })
  const connecting = sender(
    gateway,
    await gateway.headers(
      'manage-destinations',
      'activate-destinations',
      'view-profiles',
      'view-segments',
    ),
  )
  expect((await connecting('POST', '/flows', { body: { ...flow, alerts } })).body).toMatchObject({
    code: 'PERMISSION_MISSING',
    permission: 'manage-alerts',
  })
  expect((await send('GET', '/flows')).body.items).toEqual([])
  const dry = await send('POST', '/flows?dryRun=true', { body: { ...flow, alerts } })
  expect(dry.status).toBe(200)
  expect(await subscribed()).toEqual([])
  const made = await send('POST', '/flows', { body: { ...flow, alerts } })
  expect(made.status).toBe(201)
  expect(await subscribed()).toMatchObject([
    { flowId: made.body.id, rules: ['skipped-rate'], channel: alerts[0]?.channel },
  ])
})

test('a sandbox has a bounded number of subscriptions', async () => {
  const ports = { store: gateway.configuration, nowMs: Date.now, newId: () => 'x' }
  await configure(ports, { name: 'test' }, () => ({
    writes: Array.from({ length: subscriptionsLimit }, (_, index) => ({
      kind: 'alertSubscription' as const,
      id: `many-${index}`,
      value: {
        sandboxName: gateway.name,
        rules: [],
        enabled: false,
        channel: { type: 'email' as const, to: 'ops@example.com' },
      },
    })),
    answer: () => undefined,
  }))
  const answer = await ask('POST', '/subscriptions', { payload: webhook })
  expect([answer.statusCode, answer.json()]).toMatchObject([409, { code: 'SUBSCRIPTION_LIMIT' }])
})
