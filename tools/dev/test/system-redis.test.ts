import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisProxy, type RedisProxy } from '@segue/redis/testing/proxy'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startPrivateRedis, type PrivateRedis } from '../src/redis/private-redis.ts'
import { findOrInstallRedis, thisMachine } from '../src/redis/redis-binary.ts'
import { infoField } from '../src/redis/redis-connection.ts'
import { sampleDefaults } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { sampleSegments } from '../src/sample/segments.ts'
import { expectHeldAsReplayed, knowPeopleOf } from './replayed.ts'
import { eventually, limits, patienceMs, startSystem, type System } from './system.ts'

vi.setConfig(limits)

/** A sample for each test, with segments and people of its own. */
const samples = { 'disk-full': sampleOf(61), 'fails-over': sampleOf(62) }
let system: System
let primary: PrivateRedis
let replica: PrivateRedis
/** What REDIS_URL names. */
let name: RedisProxy
/** What the replica follows. */
let link: RedisProxy

beforeAll(async () => {
  system = await startSystem({
    startRedis: async (dir) => {
      const program = await patientRedis(dir)
      primary = await startPrivateRedis(join(dir, 'primary'), { program })
      replica = await startPrivateRedis(join(dir, 'replica'))
      name = await startRedisProxy(portOf(primary))
      link = await startRedisProxy(portOf(primary))
      return {
        ...primary,
        url: name.url,
        stop: async () => {
          await name.close()
          await link.close()
          await primary.stop()
          await replica.stop()
        },
      }
    },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    dataflows: Object.fromEntries(
      Object.entries(samples).map(([id, { seed, segments }]) => [
        id,
        {
          segments: sampleSegments(seed, segments).map((one) => `${one.namespace}:${one.id}`),
          activationDelayMs: 300,
        },
      ]),
    ),
  })
})
afterAll(() => system?.stop())

function sampleOf(seed: number) {
  return { ...sampleDefaults, seed, profiles: 150, updates: 1_000, segments: 6 }
}

async function linesOf(id: keyof typeof samples): Promise<readonly string[]> {
  const lines = [...sampleLines({ ...samples[id], baseTimeMs: Date.now() })]
  await knowPeopleOf(system, lines)
  return lines
}

function portOf({ url }: PrivateRedis): number {
  return Number(new URL(url).port)
}

/** Redis, for which a file that may not grow is a full disk: it would be ended by the signal for that. */
async function patientRedis(dir: string): Promise<string> {
  const redis = await findOrInstallRedis(thisMachine(() => {}))
  await mkdir(dir, { recursive: true })
  const program = join(dir, 'patient-redis')
  await writeFile(program, `#!/bin/sh\ntrap '' XFSZ\nexec '${redis}' "$@"\n`, { mode: 0o700 })
  return program
}

/** Lines that a program wrote since, of those that speak of it. */
function said(from: number, what: RegExp): readonly string[] {
  return system.parts
    .logged()
    .slice(from)
    .filter((line) => what.test(line))
}

test('a full disk: nothing more is accepted, everybody waits and says so once, and all goes on when there is room', async () => {
  const lines = await linesOf('disk-full')
  await system.stream(lines.slice(0, 400))
  const from = system.parts.logged().length
  const processId = infoField(await primary.client.info('server'), 'process_id') ?? ''
  const limit = (bytes: string) =>
    promisify(execFile)('prlimit', ['--pid', processId, `--fsize=${bytes}:unlimited`])
  await limit('1')
  const refused: (readonly [number, unknown])[] = []
  await eventually('updates are refused', async () => {
    const answer = await system.post(lines.slice(400, 500))
    if (answer.status === 503) refused.push([answer.status, answer.body.code])
    return refused.length > 3
  })
  expect(new Set(refused.map(String))).toEqual(new Set(['503,REDIS_UNAVAILABLE']))
  expect((await fetch(`${system.gateway.url}/readyz`)).status).toBe(503)
  const accepted = (await primary.client.keys('*:log')).length
  await eventually(
    'the processor says so',
    () => said(from, /\[first\].*cannot save to disk/).length > 0,
  )
  await limit('unlimited')
  await eventually(
    'updates are accepted',
    async () => (await system.post(lines.slice(400, 500))).status === 202,
  )
  await system.stream(lines.slice(500))
  await expectHeldAsReplayed(system, lines, 'disk-full')
  expect(accepted).toBeGreaterThan(0)
  expect((await fetch(`${system.gateway.url}/readyz`)).status).toBe(200)
  expect(said(from, /\[first\].*cannot save to disk/)).toHaveLength(1)
  // Nothing else was worth telling, however often it was tried.
  expect(said(from, /^/).length).toBeLessThan(10)
})

test('a failover that loses the newest of everything: the solutions hold what the updates say', async () => {
  const lines = await linesOf('fails-over')
  await replica.client.replicaof('127.0.0.1', new URL(link.url).port)
  await eventually('the replica follows', async () =>
    (await replica.client.info('replication')).includes('master_link_status:up'),
  )
  await system.stream(lines.slice(0, 400))
  const from = system.parts.logged().length
  // From here on only the primary has it: updates, state, what solutions were told, and jobs.
  link.pointTo(1)
  link.cut()
  await system.stream(lines.slice(400, 800))
  await eventually('all is stepped', async () =>
    (await system.status()).partitions.every(({ lag }) => lag === 0),
  )
  const told = (await system.journal('target')).length
  await eventually('some of it is told', async () => (await system.journal('target')).length > told)
  await primary.kill9()
  await replica.client.replicaof('NO', 'ONE')
  name.pointTo(portOf(replica))
  name.cut()
  await system.stream(lines.slice(800))
  await eventually(
    'the loss is told',
    () => said(from, /\[first\].*lost a part of what it held/).length > 0,
  )
  await eventually(
    'what Target was told is told again',
    () => said(from, /\[first\].*what target was told/).length > 0,
  )
  // Solutions that take one window at a time are told again a moment later; no queue, so no `idle`, shows that they wait.
  await vi.waitFor(() => expectHeldAsReplayed(system, lines, 'fails-over'), {
    timeout: patienceMs,
    interval: 500,
  })
  // And nothing was given up: not by the ledger, nor by a job.
  expect(
    said(from, /\[first\].*what \S+ was told/).filter((line) => !line.includes('"left":0')),
  ).toEqual([])
})
