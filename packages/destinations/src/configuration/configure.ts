import { configurationAfter, type Configuration } from './configuration.ts'
import type { Document, Kind, Kinds } from './documents.ts'
import { Refusal } from './refusal.ts'
import { checkRules } from './rules.ts'
import type { AuditEntry, ConfigurationStore, StoredWrite } from './store.ts'

/** A value to write or, without one, a document to remove. */
export type Write = {
  [K in Kind]: { readonly kind: K; readonly id: string; readonly value: Kinds[K] | undefined }
}[Kind]

/** What a command comes to. */
export interface Decision<Answer> {
  readonly writes: readonly Write[]
  /** What is told to whoever asked, once the writes are done. `after` is the configuration with them. */
  readonly answer: (after: Configuration) => Answer
}

/** Who changes something, and how that is told apart in the audit. */
export interface Actor {
  readonly name: string
  readonly requestId?: string
}

export interface ConfigurePorts {
  readonly store: ConfigurationStore
  readonly nowMs: () => number
  /** A new unique id: the stuff of etags. */
  readonly newId: () => string
}

/** Changes by others that a command is decided anew for, before it gives up. */
const attemptsMax = 20

/**
 * Runs a command: reads the configuration, has `decide` say what to write, and writes it if nothing changed meanwhile; else
 * decides again. So every rule that `decide` checks holds for what is written, however many change things at once.
 *
 * @param decide pure; may throw a Refusal
 * @throws Refusal CONFIGURATION_BUSY where others kept being first; what `checkRules` refuses
 */
export async function configure<Answer>(
  { store, nowMs, newId }: ConfigurePorts,
  actor: Actor,
  decide: (configuration: Configuration) => Decision<Answer>,
): Promise<Answer> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = await store.read()
    const { writes, answer } = decide(before)
    if (writes.length === 0) return answer(before)
    const stored = writes.map((write) => storedWrite(before, write, actor, nowMs(), newId()))
    const after = configurationAfter(before, stored)
    checkRules(before, after)
    const audit = stored.map((write) => auditEntry(before, write, actor))
    // Not as it is by now: the etag of a later change in the answer would let it be overwritten unseen.
    if (await store.change(before.version, stored, audit)) return answer(after)
  }
  throw new Refusal('CONFIGURATION_BUSY', 'the configuration kept changing; try again')
}

/**
 * Runs a command without writing: what it would be refused for, and what would be told.
 * @throws Refusal
 */
export async function rehearse<Answer>(
  { store, nowMs, newId }: ConfigurePorts,
  actor: Actor,
  decide: (configuration: Configuration) => Decision<Answer>,
): Promise<Answer> {
  const before = await store.read()
  const { writes, answer } = decide(before)
  const stored = writes.map((write) => storedWrite(before, write, actor, nowMs(), newId()))
  const after = configurationAfter(before, stored)
  checkRules(before, after)
  return answer(after)
}

/**
 * Checks `If-Match` (`reference/platform.md` §4.2).
 * @throws Refusal IF_MATCH_MISSING; ETAG_STALE
 */
export function checkEtag(
  document: Pick<Document<Kind>, 'etag'>,
  ifMatch: string | undefined,
): void {
  if (ifMatch === undefined || ifMatch.trim() === '') {
    throw new Refusal('IF_MATCH_MISSING', 'the request carries no If-Match header')
  }
  if (ifMatch.trim() !== document.etag) {
    throw new Refusal('ETAG_STALE', 'it was changed since it was read', { etag: document.etag })
  }
}

function storedWrite(
  before: Configuration,
  { kind, id, value }: Write,
  actor: Actor,
  atMs: number,
  etagText: string,
): StoredWrite {
  const known = before.get(kind, id)
  const document =
    value === undefined
      ? undefined
      : {
          id,
          etag: `"${etagText}"`,
          createdAtMs: known?.createdAtMs ?? atMs,
          updatedAtMs: atMs,
          createdBy: known?.createdBy ?? actor.name,
          updatedBy: actor.name,
          value,
        }
  return { kind, id, document }
}

function auditEntry(
  configuration: Configuration,
  { kind, id, document }: StoredWrite,
  actor: Actor,
): AuditEntry {
  const before = configuration.get(kind, id)?.value
  const after = document?.value
  const sandboxName = sandboxOf(after ?? before)
  return {
    actor: actor.name,
    ...(actor.requestId === undefined ? {} : { requestId: actor.requestId }),
    action: before === undefined ? 'created' : after === undefined ? 'deleted' : 'updated',
    kind,
    id,
    ...(sandboxName === undefined ? {} : { sandboxName }),
    ...(before === undefined ? {} : { before: withoutSecrets(before) }),
    ...(after === undefined ? {} : { after: withoutSecrets(after) }),
  }
}

function sandboxOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('sandboxName' in value)) return undefined
  return String(value.sandboxName)
}

/** A copy in which every field named `secret` is hidden: that it changed may be seen, what it is may not. */
export function withoutSecrets(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'secret' ? '(hidden)' : inner)),
  )
}
