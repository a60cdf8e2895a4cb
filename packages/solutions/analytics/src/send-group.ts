import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { failed, halves, notInDoubt, refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { CollectClient, UploadOutcome } from './collect-client.ts'
import { cut } from './cut.ts'
import type { FollowedFile } from './follow.ts'
import { oldestSecs } from './group-memory.ts'
import type { GroupMemory } from './group-memory.ts'
import { hitFile } from './hit-file.ts'
import type { HitFile, HitLine } from './hit-file.ts'
import type { AnalyticsSettings } from './settings.ts'

const zip = promisify(gzip)

/** What came of one hit: the file that it is in, or why it is in none. */
export type HitOutcome =
  | { readonly kind: 'ingested'; readonly file: FollowedFile; readonly fileId?: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Takes a hit's outcome, by the hit's key. */
export type Settle = (hitKey: string, outcome: HitOutcome) => void

export type SendGroup = (group: string, rows: readonly HitLine[], settle: Settle) => Promise<void>

interface SendOptions {
  readonly collect: CollectClient
  readonly memory: GroupMemory
  readonly header: string
  readonly settings: AnalyticsSettings
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly log: SolutionLog
}

/**
 * Makes the function that sends one visitor group's rows: in files, one after the other, in order. What became of one is known before the next
 * goes out, also from one delivery to the next: a file in doubt is first looked up by its idempotency key (`reference/solutions.md` §2.2).
 */
export function groupSender(options: SendOptions): SendGroup {
  const { collect, memory, header, settings, nowMs, sleep, log } = options
  let validated = false

  return async (group, rows, settle) => {
    const open = await withoutDoubt(group, rows, settle)
    const files = [...cut(group, header, open, settings)]
    let held: Refusal | undefined
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      if (held !== undefined) {
        settleFile(file, { kind: 'refused', refusal: held }, settle)
        continue
      }
      const sent = await send(group, file, settle)
      if (sent === 'halve') files.unshift(...halved(group, header, file))
      else held = sent
    }
  }

  /** Finds out about the file in doubt; answers the rows that are still to be sent. */
  async function withoutDoubt(
    group: string,
    rows: readonly HitLine[],
    settle: Settle,
  ): Promise<readonly HitLine[]> {
    const doubt = memory.doubtOf(group)
    if (doubt === undefined) return rows
    const found = await collect.lookUp(doubt.key)
    if (found.kind === 'refused') {
      const outcome: HitOutcome = { kind: 'refused', refusal: notInDoubt(found.refusal) }
      for (const { hit } of rows) settle(hit.key, outcome)
      return []
    }
    log({
      level: 'info',
      event: 'doubt_resolved',
      fields: { group, key: doubt.key, ingested: found.kind === 'found' },
    })
    memory.clearDoubt(group)
    if (found.kind === 'not-found') return rows
    const receivedSecs = found.receivedSecs ?? nowSecs()
    memory.received(doubt.key, receivedSecs)
    const { key, oldestSecs: oldest } = doubt
    const outcome: HitOutcome = {
      kind: 'ingested',
      file: { key, oldestSecs: oldest, receivedSecs },
    }
    return rows.filter((row) => {
      if (!doubt.has(row)) return true
      settle(row.hit.key, outcome)
      return false
    })
  }

  /**
   * Sends one file and settles its rows.
   * @returns what the files after it have to wait for, `halve` where this one is to be cut in two first
   */
  async function send(
    group: string,
    file: HitFile,
    settle: Settle,
  ): Promise<Refusal | 'halve' | undefined> {
    const before = await alreadyThere(group, file)
    if (before !== undefined) {
      settleFile(file, before, settle)
      return before.kind === 'refused' ? waitingFor(before.refusal) : undefined
    }
    const zipped = await zip(file.text)
    if (zipped.length > settings.maxGzipBytes && file.rows.length > 1) return 'halve'
    const upload = { key: file.key, group, gzip: zipped, rows: file.rows.length }
    const invalid = await mustValidate(upload)
    if (invalid !== undefined) return settleRefused(file, notWritten(invalid), settle)
    const late = await untilTurn(group)
    if (late !== undefined) return settleRefused(file, late, settle)

    const outcome = await collect.upload(upload)
    const unsent = outcome.kind === 'refused' && !isInDoubt(outcome.refusal)
    if (!unsent) {
      memory.sentNow(group)
      memory.notFresh(group)
    }
    if (outcome.kind !== 'ingested') {
      if (!isInDoubt(outcome.refusal)) return settleRefused(file, outcome, settle)
      memory.setDoubt(group, file)
      return settleRefused(
        file,
        later(outcome.refusal, settings.minSecsBetweenFiles * 1000),
        settle,
      )
    }
    settleIngested(group, file, outcome, settle)
    return undefined
  }

  /** The outcome of a file that Analytics has already, or that cannot be asked about; undefined where it is to be sent. */
  async function alreadyThere(group: string, file: HitFile): Promise<HitOutcome | undefined> {
    const knownSecs = memory.receivedSecs(file.key)
    if (knownSecs !== undefined) return ingested(file, knownSecs)
    if (!memory.isFresh(group)) return undefined
    const found = await collect.lookUp(file.key)
    if (found.kind === 'refused') {
      return { kind: 'refused', refusal: notInDoubt(found.refusal) }
    }
    memory.notFresh(group)
    if (found.kind === 'not-found') return undefined
    const receivedSecs = found.receivedSecs ?? nowSecs()
    memory.received(file.key, receivedSecs)
    return ingested(file, receivedSecs)
  }

  async function mustValidate(
    upload: Parameters<CollectClient['validate']>[0],
  ): Promise<Exclude<UploadOutcome, { readonly kind: 'ingested' }> | undefined> {
    const { validateAtAnalytics: which } = settings
    if (which === 'never' || (which === 'first' && validated)) return undefined
    const invalid = await collect.validate(upload)
    validated ||= invalid === undefined
    return invalid
  }

  /** Waits for the group's turn: Adobe advises 20 seconds between its files. */
  async function untilTurn(group: string): Promise<Refusal | undefined> {
    const last = memory.lastSentMs(group)
    if (last === undefined) return undefined
    const leftMs = last + settings.minSecsBetweenFiles * 1000 - nowMs()
    if (leftMs <= 0) return undefined
    if (leftMs > settings.budgetWaitMs) {
      const detail = 'the visitor group had a file a moment ago'
      return refusal('VISITOR_GROUP_PACED', retrySolution(leftMs, false), detail)
    }
    await sleep(leftMs)
    return undefined
  }

  function settleIngested(
    group: string,
    file: HitFile,
    answer: Extract<UploadOutcome, { readonly kind: 'ingested' }>,
    settle: Settle,
  ): void {
    const { invalid, unnamed, fileId, receivedSecs = nowSecs() } = answer
    const rows = file.rows.length
    // With rows left out the file is another than its key says: the key must not vouch for them.
    if (invalid.size === 0) memory.received(file.key, receivedSecs)
    const done: HitOutcome = {
      ...ingested(file, receivedSecs),
      ...(fileId === undefined ? {} : { fileId }),
    }
    for (const [index, { hit }] of file.rows.entries()) {
      settle(hit.key, invalid.has(index) ? rowInvalid : done)
    }
    const fields = { group, key: file.key, rows, invalid: invalid.size, unnamed }
    log({ level: 'info', event: 'file_uploaded', fields })
    if (unnamed > 0) log({ level: 'warn', event: 'invalid_rows_unnamed', fields })
    if (answer.rows !== undefined && answer.rows !== rows) {
      log({ level: 'warn', event: 'rows_differ', fields: { ...fields, read: answer.rows } })
    }
  }

  function nowSecs(): number {
    return Math.floor(nowMs() / 1000)
  }
}

function settleFile(file: HitFile, outcome: HitOutcome, settle: Settle): void {
  for (const { hit } of file.rows) settle(hit.key, outcome)
}

/** Settles a file of which nothing was ingested, or nobody knows. */
function settleRefused(
  file: HitFile,
  outcome: Exclude<UploadOutcome, { readonly kind: 'ingested' }> | Refusal,
  settle: Settle,
): Refusal | 'halve' | undefined {
  if ('status' in outcome) return settleRefused(file, { kind: 'refused', refusal: outcome }, settle)
  if (outcome.kind === 'too-large' && file.rows.length > 1) return 'halve'
  const named = outcome.kind === 'rejected' ? outcome.invalid : new Set<number>()
  for (const [index, { hit }] of file.rows.entries()) {
    const refused: HitOutcome = { kind: 'refused', refusal: outcome.refusal }
    settle(hit.key, named.has(index) ? rowInvalid : refused)
  }
  return waitingFor(outcome.refusal)
}

/** What the next files of the group wait for: whatever is to be repeated stays before them. A file that is given up holds nobody up. */
function waitingFor(because: Refusal): Refusal | undefined {
  if (because.status === 'rejected') return undefined
  if (because.status === 'misconfigured' || because.scope === 'solution') {
    return notInDoubt(because)
  }
  const detail = 'a file of the visitor group that goes before it is not sent'
  return refusal('FILE_BEFORE_OPEN', retryRow(because.afterMs, false), detail)
}

const rowInvalid: HitOutcome = {
  kind: 'refused',
  refusal: refusal('ROW_INVALID', failed, 'Analytics names the row as invalid'),
}

/** Validation writes nothing, whatever came of it. */
function notWritten(
  outcome: Exclude<UploadOutcome, { readonly kind: 'ingested' }>,
): Exclude<UploadOutcome, { readonly kind: 'ingested' }> {
  return { ...outcome, refusal: notInDoubt(outcome.refusal) }
}

function halved(group: string, header: string, file: HitFile): readonly HitFile[] {
  return (halves(file.rows) ?? [file.rows]).map((rows) => hitFile(group, header, rows))
}

function ingested(
  file: HitFile,
  receivedSecs: number,
): Extract<HitOutcome, { readonly kind: 'ingested' }> {
  return {
    kind: 'ingested',
    file: { key: file.key, oldestSecs: oldestSecs(file), receivedSecs },
  }
}

/** A file in doubt may still be on its way in: it is not asked about at once. */
function later(because: Refusal, leastMs: number): Refusal {
  if (because.status !== 'retry') return because
  return { ...because, afterMs: Math.max(because.afterMs, leastMs) }
}

function isInDoubt(because: Refusal): boolean {
  return because.status === 'retry' && because.inDoubt
}
