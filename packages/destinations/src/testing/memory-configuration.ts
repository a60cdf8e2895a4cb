import { configurationOf } from '../configuration/configuration.ts'
import { parseDocuments } from '../configuration/parse-documents.ts'
import {
  auditEventsLimit,
  auditKeptDefaultMs,
  type AuditEntry,
  type AuditEvent,
  type ConfigurationStore,
} from '../configuration/store.ts'

/** Where configuration stores in memory keep what they share. */
interface Place {
  version: number
  /** `kind/id` → JSON, as Redis has it. */
  readonly documents: Map<string, string>
  readonly audit: AuditEvent[]
  readonly watchers: Set<() => void>
}

/** Configuration stores in memory that share one place: each call of what is returned is another process. */
export function memoryConfiguration(
  options: { readonly nowMs?: () => number; readonly auditKeptMs?: number } = {},
): () => ConfigurationStore {
  const { nowMs = Date.now, auditKeptMs = auditKeptDefaultMs } = options
  const place: Place = { version: 0, documents: new Map(), audit: [], watchers: new Set() }
  const record = (entries: readonly AuditEntry[]): void => {
    const atMs = nowMs()
    for (const entry of entries) {
      const sequence = place.audit.filter((event) => event.atMs === atMs).length
      const kept: AuditEntry = JSON.parse(JSON.stringify(entry))
      place.audit.push({ ...kept, eventId: `${atMs}-${sequence}`, atMs })
    }
    const first = place.audit.findIndex((event) => event.atMs >= atMs - auditKeptMs)
    place.audit.splice(0, Math.max(first, place.audit.length - auditEventsLimit, 0))
  }
  return () => ({
    read: async () => configurationOf(place.version, parseDocuments(place.documents)),
    change: async (version, writes, audit) => {
      if (version !== place.version) return false
      for (const { kind, id, document } of writes) {
        if (document === undefined) place.documents.delete(`${kind}/${id}`)
        else place.documents.set(`${kind}/${id}`, JSON.stringify(document))
      }
      place.version += 1
      record(audit)
      for (const changed of place.watchers) changed()
      return true
    },
    record: async (audit) => record(audit),
    audit: async ({ fromMs = 0, toMs = Infinity, after, limit }) => {
      const begin =
        after === undefined ? 0 : place.audit.findIndex(({ eventId }) => eventId === after) + 1
      return place.audit
        .slice(begin)
        .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
        .slice(0, limit)
    },
    watch: async (changed) => {
      const watcher = (): void => changed()
      place.watchers.add(watcher)
      return async () => {
        place.watchers.delete(watcher)
      }
    },
  })
}
