import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { watchSlots, type SlotsWatch } from '@segue/redis/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { expectSuccess, httpJson } from '../src/launch/http-json.ts'
import { startPrivateRedis } from '../src/redis/private-redis.ts'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { eventually, limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const segments = { main: randomUUID(), off: randomUUID() }
let system: System
let slots: SlotsWatch

beforeAll(async () => {
  system = await startSystem({
    startRedis: async (dir) => {
      // What is compressed cannot be searched for an identity, and it would seem to be gone.
      const redis = await startPrivateRedis(dir, { redisSettings: { rdbcompression: 'no' } })
      slots = await watchSlots(redis.client)
      return redis
    },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    dataflows: {
      main: { segments: [segments.main], activationDelayMs: 200 },
      off: { segments: [segments.off], activationDelayMs: 200, solutions: ['marketo'] },
    },
  })
})
afterAll(async () => {
  slots?.stop()
  await system?.stop()
})

interface PrivacyRequest {
  readonly id: string
  readonly state: string
  readonly deleted?: { readonly ledgerEntries: number }
  readonly proof?: {
    readonly found: number
    readonly begunAnew: boolean
    readonly entriesScanned: number
  }
}

async function send<Answer>(path: string, body?: object): Promise<Answer> {
  const { url, token } = system.gateway
  const answer = await httpJson<Answer>('POST', `${url}${path}`, {
    token,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expectSuccess('the gateway', answer)
  return answer.body
}

/** Which solutions hold an identity of the person, in any segment. */
async function holders({ ecid, email }: TestPerson): Promise<readonly string[]> {
  const members = Object.entries(await system.members())
  return members.flatMap(([solution, bySegment]) => {
    const ids = Object.values(bySegment).flat()
    return ids.includes(ecid) || ids.includes(email) ? [solution] : []
  })
}

function memberLine(person: TestPerson, atMs: number): string {
  const membership = { status: 'realized', atMs } as const
  return updateLine(person, {
    segments: { [segments.main]: membership, [segments.off]: membership },
  })
}

/** Names of all that Redis keeps on disk and in memory in which one of the texts stands. */
async function placesOf(texts: readonly string[]): Promise<readonly string[]> {
  const { client } = system.parts.redis
  const found: string[] = []
  const [, dir = ''] = await client.config('GET', 'dir')
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    if (texts.some((text) => bytes.includes(text))) found.push(entry.name)
  }
  let cursor = '0'
  do {
    const [next, keys] = await client.scan(cursor, 'COUNT', 1_000)
    cursor = next
    for (const key of keys) {
      const bytes = await client.dumpBuffer(key)
      if (texts.some((text) => key.includes(text) || bytes?.includes(text))) found.push(key)
    }
  } while (cursor !== '0')
  return found
}

async function rewriteFile(): Promise<void> {
  const { client } = system.parts.redis
  await client.bgrewriteaof()
  await eventually('the append-only file is written anew', async () => {
    const persistence = await client.info('persistence')
    return /aof_rewrite_in_progress:0/.test(persistence) && /rewrite_scheduled:0/.test(persistence)
  })
}

test('an erased profile is nowhere in Redis, in memory or on disk, though the processor is killed on the way', async () => {
  const [person, other] = [newPerson(), newPerson()]
  await system.know([person.lead, other.lead])
  const startMs = Date.now()
  await system.stream([memberLine(person, startMs), memberLine(other, startMs)])
  await eventually('all know both', async () => {
    const [one, two] = [await holders(person), await holders(other)]
    return one.length > 4 && one.length === two.length
  })
  await system.untilIdle()
  const told = await holders(other)
  const raw = [person.lead.ecid, person.lead.emailSHA256]
  expect((await placesOf(raw)).length).toBeGreaterThan(3)
  // What a flow has told stays told when it is disabled.
  await send(`/data/foundation/flowservice/flows/${system.flow('off')}/action?op=disable`)

  const [namespace, id] = ['ECID', person.lead.ecid]
  const asked = await send<PrivacyRequest>('/v1/privacy-requests', { namespace, id })
  let request = asked
  // What its steps are when they are cut off is simulated elsewhere; here a whole process goes, with all that it had in hand.
  expect(asked.state).not.toBe('done')
  await system.processor.kill9()
  await system.parts.startProcessor('second')
  await eventually('it is done', async () => {
    request = await system.get(`/v1/privacy-requests/${asked.id}`)
    return request.state === 'done'
  })
  expect(request.proof).toMatchObject({ found: 0, begunAnew: false })
  expect(request.deleted?.ledgerEntries).toBe(told.length + 1)
  expect(await holders(person)).toEqual([])
  expect(await holders(other)).toEqual(told)

  await rewriteFile()
  expect(await placesOf(raw)).toEqual([])
  // So the search is right: the other one is found.
  expect((await placesOf([other.lead.ecid])).length).toBeGreaterThan(3)
  expect(system.parts.logged().join('\n')).not.toContain(person.lead.ecid)

  await system.stream([memberLine(person, startMs), memberLine(other, Date.now())])
  await system.untilIdle()
  expect(await holders(person)).toEqual([])
  const unknown = await httpJson('GET', `${system.gateway.url}/v1/profiles/${namespace}/${id}`, {
    token: system.gateway.token,
  })
  expect(unknown.status).toBe(404)
  await system.stream([memberLine(person, Date.now())])
  await eventually('it has begun anew', async () => (await holders(person)).length > 4)
  await system.untilIdle()
  expect(await system.imbalances()).toEqual([])
})

test('nothing of all this would have been too much for a cluster: whatever runs at once keeps to one slot', () => {
  expect([...slots.crossings]).toEqual([])
  expect(slots.scripts()).toBeGreaterThan(100)
  // Of ours, of the queues, and of what scripts run.
  for (const name of ['evalsha', 'xread', 'bzpopmin', 'hset', 'scan']) {
    expect(slots.commands).toContain(name)
  }
})
