import { configure, permissions } from '@segue/destinations'
import type { Needs, Permission } from '@segue/destinations'
import type { LightMyRequestResponse } from 'fastify'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeOrganisation, organisationDocument } from '@segue/destinations'
import { accessTable } from './access-table.ts'
import type { AccessRow } from './access-table.ts'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

// Every route × every permission. What each route needs stands in the table; what the organisation's rule asks for, here.

type Rule = 'seed' | 'latest'
const rules: Record<Rule, Record<'connect' | 'activate', Permission[][]>> = {
  seed: {
    connect: [['manage-destinations']],
    activate: [
      ['manage-destinations'],
      ['activate-destinations'],
      ['view-profiles'],
      ['view-segments'],
    ],
  },
  latest: {
    connect: [['view-destinations'], ['manage-destinations']],
    activate: [
      ['view-destinations'],
      ['activate-destinations', 'activate-segment-without-mapping'],
      ['view-profiles'],
      ['view-segments'],
    ],
  },
}
const all = Object.keys(permissions) as Permission[]

/** Groups of alternatives: one of each is needed. */
function groupsOf(needs: Needs, rule: Rule): (readonly Permission[])[] {
  if (typeof needs === 'string') return [[needs]]
  if ('anywhere' in needs) return [[needs.anywhere]]
  if ('everywhere' in needs) return [[needs.everywhere]]
  if ('anyOf' in needs) return [needs.anyOf]
  if ('rule' in needs) return rules[rule][needs.rule]
  return needs.map((permission) => [permission])
}

let gateway: TestGateway
let here: string
let there: string
beforeAll(async () => {
  gateway = await startGateway()
  here = gateway.name
  there = gateway.name.slice(0, 20)
})
afterAll(() => gateway.close())

const known = new Map<string, Promise<Record<string, string>>>()
/** Headers of a token with these permissions in all sandboxes. */
function may(granted: readonly Permission[]): Promise<Record<string, string>> {
  const key = granted.toSorted().join()
  const headers = known.get(key) ?? gateway.headers(...granted)
  known.set(key, headers)
  return headers
}

/** Headers of a token with these permissions in these sandboxes. */
async function mayIn(
  sandboxes: readonly string[],
  granted: readonly Permission[],
): Promise<Record<string, string>> {
  const name = `in ${sandboxes.join()} ${granted.toSorted().join()}`
  const value = { name, description: '', permissions: granted, sandboxes }
  await configure(ports(), { name: 'test' }, (before) => ({
    writes: before.get('role', name) === undefined ? [{ kind: 'role', id: name, value }] : [],
    answer: () => undefined,
  }))
  return gateway.headersOf(name)
}

function ports(): Parameters<typeof configure>[0] {
  return { store: gateway.configuration, nowMs: Date.now, newId: randomUUID }
}

function ask(
  [method, path]: AccessRow,
  headers: Record<string, string>,
): Promise<LightMyRequestResponse> {
  const url = path.replaceAll(/\{\w+\}/g, 'none')
  return gateway.server.inject({
    method,
    url,
    headers,
    ...(method === 'GET' ? {} : { payload: {} }),
  })
}

/** What an answer says of access: `passed`, or what is missing. */
function verdictOf(answer: LightMyRequestResponse): readonly string[] | string {
  const isJson = String(answer.headers['content-type']).includes('application/json')
  const { code, permissions: missing } = isJson && answer.statusCode >= 400 ? answer.json() : {}
  if (answer.statusCode === 401) return code
  return code === 'PERMISSION_MISSING' ? missing : 'passed'
}

const guarded = accessTable.filter(
  (row): row is readonly [AccessRow[0], string, Needs] =>
    row[2] !== 'anybody' && row[2] !== 'anyToken',
)

test('every documented route is in the table, and nothing else', async () => {
  const document = await gateway.server.inject({ url: '/openapi.json', headers: await may([]) })
  const { paths } = document.json<{ paths: Record<string, Record<string, unknown>> }>()
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const rows = accessTable.map(([method, path]) => `${method} ${path}`)
  const undocumented = rows.filter((name) => /^\w+ \/queues\/(api|static)\//.test(name))
  expect(rows.toSorted()).toEqual([...documented, ...undocumented].toSorted())
})

test.each(accessTable.filter(([, , needs]) => needs !== 'anybody'))(
  '%s %s needs a token that is valid',
  async (...row) => {
    const missing = await ask(row, {})
    expect([missing.statusCode, missing.json()]).toMatchObject([401, { code: 'TOKEN_MISSING' }])
    expect(missing.headers['www-authenticate']).toContain('Bearer')
    for (const authorization of ['Bearer segue_wrong', 'Bearer', 'Basic YTpi', 'segue_wrong']) {
      const wrong = await ask(row, { authorization })
      expect(wrong.statusCode).toBe(401)
      expect(wrong.json().code).toMatch(/^TOKEN_(INVALID|MISSING)$/)
    }
  },
)

interface Deviation {
  readonly route: string
  readonly granted: readonly Permission[]
  readonly expected: unknown
  readonly verdict: unknown
}

/** Asks each route with each permission alone, all but what is needed of a kind, and exactly what is needed. */
async function deviations(
  rows: readonly (readonly [AccessRow[0], string, Needs])[],
  rule: Rule,
): Promise<readonly Deviation[]> {
  const found: Deviation[] = []
  for (const row of rows) {
    const groups = groupsOf(row[2], rule)
    const sets: (readonly Permission[])[] = [
      [],
      all,
      ...all.map((one) => [one]),
      ...groups.map((group) => all.filter((one) => !group.includes(one))),
      ...groups.flatMap((group) => {
        const others = groups.filter((other) => other !== group).flatMap((other) => other[0] ?? [])
        return group.map((one) => [...others, one])
      }),
    ]
    for (const granted of sets) {
      const missing = groups
        .filter((group) => !group.some((one) => granted.includes(one)))
        .flatMap((group) => group.slice(0, 1))
      const expected = missing.length > 0 ? missing.join() : 'passed'
      const verdict = String(verdictOf(await ask(row, await may(granted))))
      if (verdict !== expected) {
        found.push({ route: `${row[0]} ${row[1]}`, granted, expected, verdict })
      }
    }
  }
  return found
}

test('each route asks for what the table says, and no other permission will do', async () => {
  expect(guarded.length).toBeGreaterThan(20)
  expect(await deviations(guarded, 'seed')).toEqual([])
})

const setRule = (permissionRule: Rule): Promise<unknown> =>
  configure(ports(), { name: 'test' }, (before) =>
    changeOrganisation(
      before,
      organisationDocument(before).etag,
      (organisation) => ({
        ...organisation,
        settings: { ...organisation.settings, permissionRule },
      }),
      { nowMs: Date.now(), newId: randomUUID },
    ),
  )

test('by the rule of the latest edition connecting and activating ask for other permissions', async () => {
  // Remembered for less than a second: only tokens that are younger read it at once.
  await setRule('latest')
  known.clear()
  try {
    const ruled = guarded.filter(([, , needs]) => typeof needs === 'object' && 'rule' in needs)
    expect(await deviations(ruled, 'latest')).toEqual([])
  } finally {
    await setRule('seed')
    known.clear()
  }
})

test('a permission counts in the sandboxes of its role, and in no other', async () => {
  for (const row of guarded) {
    const [method, path, needs] = row
    const groups = groupsOf(needs, 'seed')
    const wanted = groups.flatMap((group) => group.slice(0, 1))
    const bound = await mayIn([here], wanted)
    const both = await mayIn([here, there], wanted)
    const isAnywhere = typeof needs === 'object' && 'anywhere' in needs
    const isEverywhere = typeof needs === 'object' && 'everywhere' in needs
    const verdicts = [
      verdictOf(await ask(row, { ...bound, 'x-sandbox-name': here })),
      verdictOf(await ask(row, { ...bound, 'x-sandbox-name': there })),
      verdictOf(await ask(row, { ...both, 'x-sandbox-name': there })),
    ]
    const name = `${method} ${path}`
    expect([name, ...verdicts]).toEqual([
      name,
      isEverywhere ? wanted : 'passed',
      isAnywhere ? 'passed' : wanted,
      'passed',
    ])
  }
})

const createRole = async (name: string, sandbox: string, permission: Permission): Promise<void> => {
  const value = { name, description: '', permissions: [permission], sandboxes: [sandbox] }
  await configure(ports(), { name: 'test' }, () => ({
    writes: [{ kind: 'role', id: name, value }],
    answer: () => undefined,
  }))
}

test('who has several roles has the union, sandbox by sandbox', async () => {
  const row = ['GET', '/v1/status', 'data-monitoring'] as const
  await createRole('monitors here', here, 'data-monitoring')
  await createRole('views there', there, 'view-profiles')
  const headers = await gateway.headersOf('monitors here', 'views there')
  const verdict = async (asked: AccessRow, sandbox: string): Promise<unknown> =>
    verdictOf(await ask(asked, { ...headers, 'x-sandbox-name': sandbox }))
  const letters = ['GET', '/v1/dead-letters', 'view-profiles'] as const
  expect(await verdict(row, here)).toBe('passed')
  expect(await verdict(letters, there)).toBe('passed')
  // Neither role has both, and permissions of one do not reach into the sandboxes of the other.
  expect(await verdict(row, there)).toEqual(['data-monitoring'])
  expect(await verdict(letters, here)).toEqual(['view-profiles'])
})

test('what needs several permissions tells all that are missing', async () => {
  const several = guarded.filter(([, , needs]) => groupsOf(needs, 'seed').length > 1)
  for (const row of several) {
    const answer = await ask(row, await may(['stream-profiles']))
    expect(answer.json()).toMatchObject({
      status: 403,
      code: 'PERMISSION_MISSING',
      permissions: groupsOf(row[2], 'seed').map(([first]) => first),
      title: expect.any(String),
      detail: expect.stringContaining(groupsOf(row[2], 'seed')[0]?.[0] ?? ''),
    })
  }
})

test.each(['/openapi.json', '/docs/', '/docs/js/scalar.js'])('%s needs any token', async (url) => {
  expect((await gateway.server.inject({ url })).statusCode).toBe(401)
  const headers = await gateway.headers('view-metrics')
  expect((await gateway.server.inject({ url, headers })).statusCode).toBe(200)
})

test.each(['/healthz', '/readyz', '/login'])('%s is for anybody', async (url) => {
  expect((await gateway.server.inject({ url })).statusCode).toBe(200)
})

test('an address that leads nowhere is told as that', async () => {
  for (const url of ['/', '/v1', '/v2/profiles', '/healthz/x']) {
    const answer = await gateway.server.inject({ url })
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'ROUTE_UNKNOWN' }])
  }
  expect((await gateway.server.inject({ url: '/%E0%A4%A' })).json().code).toBe('REQUEST_INVALID')
})

test('a request that names another organisation is refused, and an API key says nothing', async () => {
  const headers = await may(['data-monitoring'])
  const verdict = async (more: Record<string, string>): Promise<unknown> => {
    const answer = await gateway.server.inject({
      url: '/v1/status',
      headers: { ...headers, ...more },
    })
    return [answer.statusCode, answer.json().code]
  }
  expect(await verdict({ 'x-gw-ims-org-id': 'segue@AdobeOrg', 'x-api-key': 'x' })).toEqual([
    200,
    undefined,
  ])
  expect(await verdict({ 'x-gw-ims-org-id': 'other@AdobeOrg' })).toEqual([
    403,
    'ORGANISATION_OTHER',
  ])
})
