import {
  auditEventsLimit,
  auditKeptDefaultMs,
  configurationOf,
  parseDocuments,
  type AuditEntry,
  type AuditEvent,
  type Configuration,
  type ConfigurationStore,
  type StoredWrite,
} from '@segue/destinations'
import type { RedisConnection } from './connection.ts'
import { organisationKeys } from './keys.ts'
import { loadScript } from './script.ts'
import { watchChannel } from './watch-channel.ts'

/** Changes that may come between while all documents are read. */
const attemptsMax = 100
const configureScript = loadScript('configure')

/**
 * The organisation's configuration in Redis: one hash of documents, a version, a stream of audit events, all in one slot. What
 * was read last is kept: as long as the version stays, reading is one small look-up.
 *
 * @param options.auditKeptMs how long audit events are kept, or that others drop them
 * @param options.place another place than the organisation's, for tests
 */
export function redisConfiguration(
  redis: RedisConnection,
  options: { readonly auditKeptMs?: number | 'as-others-say'; readonly place?: string } = {},
): ConfigurationStore {
  const { auditKeptMs = auditKeptDefaultMs, place } = options
  const keys = organisationKeys(place)
  let kept: Configuration | undefined
  const run = async (
    version: string,
    writes: readonly StoredWrite[],
    audit: readonly AuditEntry[],
  ): Promise<boolean> => {
    const answer = await configureScript.run(
      redis,
      [keys.version, keys.documents, keys.audit],
      [
        version,
        auditKeptMs === 'as-others-say' ? '' : auditKeptMs,
        auditEventsLimit,
        keys.channel,
        writes.length,
        ...writes.flatMap(({ kind, id, document }) => [
          `${kind}/${id}`,
          document === undefined ? '' : JSON.stringify(document),
        ]),
        ...audit.map((entry) => JSON.stringify(entry)),
      ],
    )
    return answer === 1
  }
  const versionNow = async (): Promise<number> => Number((await redis.get(keys.version)) ?? 0)
  return {
    read: async () => {
      let version = await versionNow()
      for (let attempt = 0; kept?.version !== version; attempt += 1) {
        const documents = await redis.hgetall(keys.documents)
        const versionThen = await versionNow()
        if (versionThen === version) {
          kept = configurationOf(version, parseDocuments(Object.entries(documents)))
        } else if (attempt === attemptsMax) {
          throw new Error('the configuration kept changing while it was read')
        }
        version = versionThen
      }
      return kept
    },
    change: (version, writes, audit) => run(String(version), writes, audit),
    record: async (audit) => {
      if (audit.length > 0) await run('', [], audit)
    },
    audit: async ({ fromMs, toMs, after, limit }) => {
      const begin = after === undefined ? String(fromMs ?? '-') : `(${after}`
      const end = toMs === undefined ? '+' : `(${toMs}-0`
      const entries = await redis.xrange(keys.audit, begin, end, 'COUNT', limit)
      return entries.map(([eventId, [, json]]) => {
        const entry: AuditEntry = JSON.parse(json ?? '{}')
        const event: AuditEvent = { ...entry, eventId, atMs: Number(eventId.split('-')[0]) }
        return event
      })
    },
    watch: (changed) => watchChannel(redis, keys.channel, changed),
  }
}
