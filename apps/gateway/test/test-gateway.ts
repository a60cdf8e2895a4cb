import { randomUUID } from 'node:crypto'
import {
  followStoreClock,
  openRedis,
  redisConfiguration,
  redisTokens,
  type RedisConnection,
} from '@segue/redis'
import type { Tokens } from '@segue/redis'
import { unpackBatch } from '@segue/runtime'
import type { LogRecord } from '@segue/profile'
import { createLog, createMetrics } from '@segue/telemetry'
import type { FastifyInstance } from 'fastify'
import { inject } from 'vitest'
import { administratorRole, configure, everySandbox } from '@segue/destinations'
import type { ConfigurationStore, Permission } from '@segue/destinations'
import { parseConfig } from '../src/config.ts'
import type { Setting } from '../src/config.ts'
import { closeSandboxes, openSandboxes } from '../src/sandbox.ts'
import type { Sandbox } from '../src/sandbox.ts'
import { buildServer } from '../src/server.ts'
import type { Services } from '../src/services.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

export const partitionCount = 4

/** A gateway on real Redis, in this process, with a sandbox of its own. */
export interface TestGateway {
  readonly server: FastifyInstance
  readonly redis: RedisConnection
  readonly sandbox: Sandbox
  /** An organisation of its own, or another gateway's. */
  readonly configuration: ConfigurationStore
  readonly tokens: Tokens
  /** Name of its sandbox and organisation. */
  readonly name: string
  /** Lines of the gateway's log. */
  readonly logged: () => string
  /** Issues a token with these permissions in all sandboxes, and makes the headers that carry it and name the sandbox. */
  readonly headers: (...granted: (Permission | 'admin')[]) => Promise<Record<string, string>>
  /** The same with roles. */
  readonly headersOf: (...roles: string[]) => Promise<Record<string, string>>
  readonly close: () => Promise<void>
}

/** A database of the tests' Redis that no other package uses. */
export function redisUrl(database: number): string {
  const url = new URL(inject('redisUrl'))
  url.pathname = `/${database}`
  return url.href
}

/** @param name of another gateway's sandbox and organisation, to share them */
export async function startGateway(
  settings: Partial<Record<Setting, string>> = {},
  name: string = `t-${randomUUID()}`,
  own: Pick<Services, 'isDraining' | 'tracing'> = {},
): Promise<TestGateway> {
  const config = parseConfig({
    REDIS_URL: redisUrl(3),
    SEGUE_PARTITIONS: String(partitionCount),
    SEGUE_SANDBOXES: `${name},${name.slice(0, 20)}`,
    // All tests come from one address.
    SEGUE_AUTH_FAILURES_PER_MINUTE: '0',
    ...settings,
  })
  const redis = await openRedis({ url: config.redisUrl, clientName: 'test', warn: () => {} })
  let logged = ''
  const log = createLog({
    name: 'test',
    level: 'info',
    to: { write: (line) => void (logged += line) },
  })
  const metrics = createMetrics()
  const clock = await followStoreClock(redis)
  const tokens = redisTokens(redis, `{segue:${name}}:tokens`, clock)
  const sandboxes = openSandboxes(redis, clock, config, metrics, () => {})
  const configuration = redisConfiguration(redis, { place: name })
  const server = await buildServer({
    config,
    redis,
    clock,
    tokens,
    sandboxes,
    configuration,
    metrics,
    log,
    ...own,
  })
  const headersOf = async (...roles: readonly string[]): Promise<Record<string, string>> => {
    const { token } = await tokens.issue({ name: 'test', roles })
    return { authorization: `Bearer ${token}`, 'x-sandbox-name': name }
  }
  return {
    server,
    redis,
    tokens,
    name,
    sandbox: sandboxes.get(name)!,
    configuration,
    logged: () => logged,
    headersOf,
    headers: async (...granted) => {
      if (granted.includes('admin')) return headersOf(administratorRole)
      return headersOf(
        await roleFor(
          configuration,
          granted.filter((one) => one !== 'admin'),
        ),
      )
    },
    close: async () => {
      await server.close()
      await closeSandboxes(sandboxes)
      clock.stop()
      redis.disconnect()
    },
  }
}

/** Sees to a role with these permissions, in all sandboxes. @returns its name */
async function roleFor(
  store: ConfigurationStore,
  permissions: readonly Permission[],
): Promise<string> {
  const name = `may ${permissions.toSorted().join(' ')}`.trim()
  const value = { name, description: '', permissions, sandboxes: [everySandbox] }
  await configure({ store, nowMs: Date.now, newId: randomUUID }, { name: 'test' }, (all) => ({
    writes: all.get('role', name) === undefined ? [{ kind: 'role', id: name, value }] : [],
    answer: () => undefined,
  }))
  return name
}

/** All records in the sandbox's log, partition by partition, in order, with the segments of their batch. */
export async function logRecords(
  sandbox: Sandbox,
): Promise<{ partition: number; record: LogRecord; segments: readonly string[] }[]> {
  const all = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const reading = new AbortController()
    const entries = await sandbox.ports.log.read(partition, '0-0', {
      maxEntries: 100_000,
      waitMs: 0,
      signal: reading.signal,
    })
    reading.abort()
    for (const { payload } of entries) {
      const { records, segments } = unpackBatch(payload)
      all.push(...records.map((record) => ({ partition, record, segments })))
    }
  }
  return all
}

/** Waits until `holds` is true, asking every 10 ms. @throws after 20 s, naming what was waited for */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** An update of a profile whose key is `crm:person-<person>`. */
export function exampleUpdate(person: number, atMs: number = Date.UTC(2026, 10, 1)): object {
  return {
    identityMap: { crm: [{ id: `person-${person}`, primary: true }] },
    segmentMembership: {
      ups: {
        [`segment-${person % 7}`]: {
          status: 'realized',
          lastQualificationTime: new Date(atMs).toISOString(),
        },
      },
    },
  }
}
