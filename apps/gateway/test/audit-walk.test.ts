import { redisAlerts } from '@segue/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, entitle, flowBody, registerSegments, sender } from './flow-service/connected.ts'
import type { Answer, Send } from './flow-service/connected.ts'
import { startGateway } from './test-gateway.ts'
import { setAside } from './set-aside.ts'
import type { TestGateway } from './test-gateway.ts'

const definitions = '/data/core/ups/segment/definitions'
const policies = '/data/foundation/dulepolicy'

/** Routes that change something by their method and leave no event, and why. */
const excused: Readonly<Record<string, string>> = {
  'POST /v1/profiles': 'Events of profiles are what Segue is for; they would be the whole audit.',
  'POST /login': 'Begins a session with the rights of a token whose issue was recorded.',
  'POST /logout': 'Ends that session.',
  'POST /data/foundation/access-control/acl/effective-policies': 'Reads.',
  [`POST ${policies}/marketingActions/core/{name}/constraints`]: 'Evaluates, and writes nothing.',
  [`POST ${policies}/marketingActions/custom/{name}/constraints`]: 'Evaluates, and writes nothing.',
  [`POST ${policies}/bulk-eval`]: 'Evaluates, and writes nothing.',
  'POST /v1/alerts/subscriptions/{id}/test': 'Sends a test message, and writes nothing.',
}

let gateway: TestGateway
let send: Send
/** Kinds of events by the operation that left them. */
const left = new Map<string, Set<string>>()
let seen: string | undefined

beforeAll(async () => {
  gateway = await startGateway()
  const own = sender(gateway, await gateway.headers('admin'))
  await newEvents()
  send = async (method, url, options) => {
    const answer = await own(method, url, options)
    const events = await newEvents()
    const operation = method === 'GET' ? undefined : `${method} ${await described(method, url)}`
    if (operation === undefined || answer.status >= 300) return answer
    const kinds = left.get(operation) ?? new Set()
    left.set(operation, kinds)
    for (const { kind, actor } of events) if (actor === 'test') kinds.add(kind)
    return answer
  }
})
afterAll(() => gateway.close())

async function newEvents(): Promise<readonly { readonly kind: string; readonly actor: string }[]> {
  const after = seen === undefined ? {} : { after: seen }
  const events = await gateway.configuration.audit({ ...after, limit: 1_000 })
  seen = events.at(-1)?.eventId ?? seen
  return events
}

let paths: readonly (readonly [path: string, methods: readonly string[]])[] | undefined

async function operations(): Promise<NonNullable<typeof paths>> {
  if (paths !== undefined) return paths
  const headers = await gateway.headers('admin')
  const document = await gateway.server.inject({ url: '/openapi.json', headers })
  const all: Record<string, Record<string, unknown>> = document.json().paths
  paths = Object.entries(all).map(([path, methods]) => [path, Object.keys(methods)] as const)
  await newEvents()
  return paths
}

/** The path of a route as the document has it. */
async function described(method: string, url: string): Promise<string> {
  const [given = ''] = (
    /^\/(?:v1|data)\//.test(url) ? url : `/data/foundation/flowservice${url}`
  ).split('?')
  const all = (await operations()).filter(([, methods]) => methods.includes(method.toLowerCase()))
  const matching = all.filter(([path]) =>
    new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(given),
  )
  const [best] = matching.toSorted(([one], [two]) => one.split('{').length - two.split('{').length)
  return best?.[0] ?? given
}

async function etagOf(url: string): Promise<{ readonly ifMatch: string }> {
  const { etag, body } = await send('GET', url)
  const [item] = body.items ?? []
  return { ifMatch: etag === '' ? (item?.etag ?? body.etag) : etag }
}

async function done(answer: Promise<Answer>): Promise<Answer> {
  const { status, ...rest } = await answer
  if (status >= 300) throw new Error(JSON.stringify(rest))
  return { status, ...rest }
}

/** Changes something through every route that changes anything. */
async function walk(): Promise<void> {
  await entitle(send, { maxConnectionsPerOrg: 3 })
  const organisation = '/v1/organisation'
  const settings = [{ op: 'replace', path: '/settings/maxConnectionsPerOrg', value: 4 }]
  await done(send('PATCH', organisation, { body: settings, ...(await etagOf(organisation)) }))

  await registerSegments(send, ['a', 'b', 'gone'])
  const segment = `${definitions}/gone`
  const rename = [{ op: 'replace', path: '/name', value: 'Renamed' }]
  await done(send('PATCH', segment, { body: rename, ...(await etagOf(segment)) }))
  const whole = { name: 'Replaced', description: '', labels: ['C1'] }
  await done(send('PUT', segment, { body: whole, ...(await etagOf(segment)) }))
  await done(send('DELETE', segment, await etagOf(segment)))

  const connected = await connect(send, { activationDelayMs: 0, solutions: ['marketo'] })
  const { id: flowId } = (await done(send('POST', '/flows', { body: flowBody(connected, ['a']) })))
    .body
  const flow = `/flows/${flowId}`
  for (const path of [
    flow,
    `/connections/${connected.baseId}`,
    `/sourceConnections/${connected.sourceId}`,
    `/targetConnections/${connected.targetId}`,
  ]) {
    const body = [{ op: 'replace', path: '/name', value: 'Another name' }]
    await done(send('PATCH', path, { body, ...(await etagOf(path)) }))
  }
  await done(send('POST', '/v1/backfills', { body: { flowId } }))
  await done(send('POST', `${flow}/action?op=disable`))
  await done(send('DELETE', flow, await etagOf(flow)))
  for (const path of [
    `/targetConnections/${connected.targetId}`,
    `/sourceConnections/${connected.sourceId}`,
    `/connections/${connected.baseId}`,
  ]) {
    await done(send('DELETE', path, await etagOf(path)))
  }

  const label = { friendlyName: 'Ours', description: 'Of ours', category: 'Custom' }
  await done(send('PUT', `${policies}/labels/custom/L1`, { body: { name: 'L1', ...label } }))
  const action = `${policies}/marketingActions/custom/ours`
  await done(send('PUT', action, { body: { name: 'ours', description: 'x' } }))
  const policy = {
    name: 'Ours',
    status: 'DRAFT',
    marketingActionRefs: ['ours'],
    description: 'x',
    deny: { label: 'C1' },
  }
  const made = (await done(send('POST', `${policies}/policies/custom`, { body: policy }))).body
  const ours = `${policies}/policies/custom/${made.id}`
  const description = [{ op: 'replace', path: '/description', value: 'y' }]
  await done(send('PATCH', ours, { body: description }))
  await done(send('PUT', ours, { body: { ...policy, deny: { label: 'C2' } } }))
  await done(send('DELETE', ours))
  await done(send('DELETE', action))
  const enabled = { policyIds: ['corepolicy_0001'] }
  await done(send('PUT', `${policies}/enabledCorePolicies`, { body: enabled }))

  const role = { description: '', permissions: ['view-queues'], sandboxes: ['*'] }
  await done(send('POST', '/v1/roles', { body: { name: 'r', ...role } }))
  const changed = {
    body: { ...role, permissions: ['view-metrics'] },
    ...(await etagOf('/v1/roles/r')),
  }
  await done(send('PUT', '/v1/roles/r', changed))
  const token = await done(send('POST', '/v1/tokens', { body: { name: 'ci', roles: ['r'] } }))
  await done(send('DELETE', `/v1/tokens/${token.body.id}`))
  await done(send('DELETE', '/v1/roles/r', await etagOf('/v1/roles/r')))

  const rule = '/v1/alerts/rules/lag'
  const { body: known } = await send('GET', rule)
  const { enabled: on, raiseAfterSecs, resolveAfterSecs, recordsMin } = known
  const thresholds = { enabled: on, raiseAfterSecs, resolveAfterSecs, recordsMin, threshold: 7 }
  await done(send('PUT', rule, { body: thresholds, ...(await etagOf(rule)) }))
  await done(send('DELETE', rule, await etagOf(rule)))
  const webhook = {
    rules: ['lag'],
    enabled: true,
    channel: { type: 'webhook', url: 'https://hooks.example/x' },
  }
  const subscribed = await done(send('POST', '/v1/alerts/subscriptions', { body: webhook }))
  const subscription = `/v1/alerts/subscriptions/${subscribed.body.id}`
  const quiet = { body: { ...webhook, enabled: false }, ...(await etagOf(subscription)) }
  await done(send('PUT', subscription, quiet))
  await done(send('DELETE', subscription, await etagOf(subscription)))
  await raiseAlert('raised')
  await done(send('POST', '/v1/alerts/raised/acknowledge', { body: {} }))

  await done(send('POST', '/v1/privacy-requests', { body: { namespace: 'crm', id: 'x' } }))

  const place = '1795428000000-0|LOG_ENTRY_UNREADABLE'
  await setAside(gateway.sandbox, 0, { [place]: Buffer.from('damaged') })
  await done(send('POST', '/v1/set-aside', { body: { partition: 0, place, action: 'discard' } }))

  const { body: before } = await send('GET', organisation)
  const legacy = {
    entitlements: before['entitlements'],
    settings: before['settings'],
    legacySharing: { state: 'enabled' },
  }
  await done(send('PUT', organisation, { body: legacy, ...(await etagOf(organisation)) }))
  const again = await connect(send, { activationDelayMs: 0, solutions: ['marketo'] })
  await done(send('POST', '/flows', { body: flowBody(again, ['a']) }))
  const given = await done(send('POST', '/v1/cutovers'))
  await done(send('DELETE', `/v1/cutovers/${given.body.id}`))
  const cutover = await done(send('POST', '/v1/cutovers'))
  await done(send('POST', `/v1/cutovers/${cutover.body.id}/switch`, { body: {} }))
}

/** Writes an alert as a processor would. */
async function raiseAlert(id: string): Promise<void> {
  const store = redisAlerts(gateway.redis, gateway.name)
  const alert = {
    id,
    sandboxName: gateway.name,
    severity: 'critical',
    rule: 'lag',
    value: 400,
    threshold: 0,
    detail: 'behind',
    raisedAtMs: Date.UTC(2026, 10, 23),
  } as const
  await store.begin('test', 60_000)
  await store.write('test', {
    watches: new Map([['key', { key: 'key', rule: 'lag', sinceMs: 1, alert }]]),
    resolved: [],
    messages: [],
  })
}

test('every change through any route leaves an event that names who made it', async () => {
  await walk()
  const changing = (await operations()).flatMap(([path, methods]) =>
    methods.filter((method) => method !== 'get').map((method) => `${method.toUpperCase()} ${path}`),
  )
  const silent = [...left].filter(([, kinds]) => kinds.size === 0).map(([operation]) => operation)
  expect(silent).toEqual([])
  const walked = new Set(left.keys())
  const expected = new Set(changing.filter((operation) => excused[operation] === undefined))
  expect([...expected].filter((operation) => !walked.has(operation))).toEqual([])
  expect(Object.keys(excused).filter((operation) => !changing.includes(operation))).toEqual([])
  expect(left.get('POST /data/foundation/flowservice/flows')).toContain('flow')
  expect(left.get('POST /v1/tokens')).toEqual(new Set(['token']))
  expect(left.get('POST /v1/privacy-requests')).toEqual(new Set(['privacyRequest']))
})

test('no route changes or deletes what is in the audit', async () => {
  const audit = (await operations()).filter(([path]) => path.startsWith('/v1/audit'))
  expect(audit.flatMap(([, methods]) => methods)).toEqual(['get', 'get'])
})
