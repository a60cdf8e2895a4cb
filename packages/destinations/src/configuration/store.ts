import type { Configuration } from './configuration.ts'
import type { Document, Kind } from './documents.ts'

/** A document to write or, without one, to remove. */
export interface StoredWrite {
  readonly kind: Kind
  readonly id: string
  readonly document: Document<Kind> | undefined
}

/** One change that somebody made: who, when, from what to what. */
export interface AuditEntry {
  /** Name of the actor. */
  readonly actor: string
  /** Where the change came from: a request's id. */
  readonly requestId?: string
  readonly action: 'created' | 'updated' | 'deleted' | (string & {})
  /** A kind of document, or what else was changed: `token`, `queue`, `privacyRequest`. */
  readonly kind: string
  readonly id: string
  readonly sandboxName?: string
  /** Values before and after, secrets left out. */
  readonly before?: unknown
  readonly after?: unknown
}

/** An entry as it was kept. */
export interface AuditEvent extends AuditEntry {
  /** Sortable: its time, epoch milliseconds of the store, a dash, and a number within that. */
  readonly eventId: string
  readonly atMs: number
}

/** A part of the audit, oldest first. */
export interface AuditQuery {
  /** Epoch milliseconds, included; absent: from the first. */
  readonly fromMs?: number
  /** Epoch milliseconds, excluded; absent: to the last. */
  readonly toMs?: number
  /** Only what comes after this event. */
  readonly after?: string
  readonly limit: number
}

/** The organisation's configuration: all of it changes as one, so that a rule about several documents cannot be broken by two changes at once. */
export interface ConfigurationStore {
  /** As it is now: what anybody has changed before the call is in it. */
  readonly read: () => Promise<Configuration>
  /**
   * Writes all or nothing, with the audit entries, and tells those who watch.
   * @param version of the configuration by which the change was decided
   * @returns false where another change came first: decide again
   */
  readonly change: (
    version: number,
    writes: readonly StoredWrite[],
    audit: readonly AuditEntry[],
  ) => Promise<boolean>
  /** Keeps audit entries of changes that are not documents of the configuration. */
  readonly record: (audit: readonly AuditEntry[]) => Promise<void>
  /** Part of the audit, oldest first. */
  readonly audit: (query: AuditQuery) => Promise<readonly AuditEvent[]>
  /** Calls `changed` after each change by anybody, until the returned function is called. */
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>
}

/** Audit events are kept this long, unless a store is told otherwise. */
export const auditKeptDefaultMs: number = 400 * 86_400_000
/** And at most so many. */
export const auditEventsLimit = 1_000_000
