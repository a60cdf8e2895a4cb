import { LRUCache } from 'lru-cache'
import {
  concurrently,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  remoteSegmentId,
  retryRow,
  worstReceipt,
} from '@segue/solution-kit'
import type { Delivery, HttpClient, Receipt, SolutionLog } from '@segue/solution-kit'
import { isProcessed } from './bucket-file.ts'
import { checkRow, isRefusal } from './check-row.ts'
import { readDcsAnswer } from './dcs-answer.ts'
import { dcsEntry, quarantineMs, refusalOfDcsCode } from './dcs-codes.ts'
import { dcsEvents } from './dcs-event.ts'
import type { DcsEvent } from './dcs-event.ts'
import type { FileContents } from './file-contents.ts'
import { sourceSetting } from './identity-form.ts'
import type { DeclaredId } from './identity-form.ts'
import type { OpenFiles } from './open-files.ts'
import { mayRemove } from './pair-index.ts'
import type { PairIndex } from './pair-index.ts'
import type { AudienceManagerSettings } from './settings.ts'
import type { DeclaredRow } from './sync-file.ts'

/** What is sent for one profile: every row of it shares the same ids. */
interface Person {
  readonly ids: readonly DeclaredId[]
  readonly rows: readonly DeclaredRow[]
}

/**
 * Makes the function that adds traits in real time (`reference/solutions.md` §1.2), best effort: the same rows go by file as well.
 * One call a profile with all its traits. Removals do not exist here, and no trait is added while a file with its removal is open: it would be
 * taken away again hours later.
 */
export function dcsExpress(options: {
  readonly http: HttpClient
  readonly open: OpenFiles
  readonly contents: FileContents
  readonly settings: AudienceManagerSettings
  readonly nowMs: () => number
  readonly log: SolutionLog
}): (rows: readonly Delivery[]) => Promise<readonly Receipt[]> {
  const { http, open, contents, settings, nowMs, log } = options
  const quarantine = new LRUCache<string, number>({ max: 50_000 })

  return async (rows) => {
    const receipts = new Map<Delivery, Receipt>()
    const people = new Map<string, Person & { readonly rows: DeclaredRow[] }>()
    const held = heldRemovals()
    for (const row of rows) {
      const checked = row.status === 'exited' ? addsOnly : checkRow(row, settings.dataSources)
      if (isRefusal(checked)) {
        receipts.set(row, checked)
        continue
      }
      const refused = await held(checked)
      if (refused !== undefined) {
        receipts.set(row, refused)
        continue
      }
      const key = checked.ids.map(({ dataSourceId, id }) => `${dataSourceId}/${id}`).join()
      const person = people.get(key) ?? { ids: checked.ids, rows: [] }
      person.rows.push(checked)
      people.set(key, person)
    }
    let paused: Receipt | undefined
    await concurrently([...people.values()], settings.maxConcurrentEvents, async (person) => {
      const answers = await addTraits(person, () => paused)
      for (const { row } of person.rows) receipts.set(row, answers.get(row.remoteId) ?? notSent)
      paused ??= [...answers.values()].find((one) => isPause(one))
    })
    return rows.map((row) => receipts.get(row) ?? notSent)
  }

  /** Sends a person's calls one after the other: several at once for one person race (§1.2, fair use). */
  async function addTraits(
    person: Person,
    paused: () => Receipt | undefined,
  ): Promise<ReadonlyMap<string, Receipt>> {
    const receipts = new Map<string, Receipt>()
    const ids = person.ids.filter((id) => !isQuarantined(id))
    const segments = new Map(person.rows.map(({ row }) => [row.remoteId, row.segment]))
    const traits = Array.from(segments, ([sid, segment]) => ({
      sid,
      segmentId: remoteSegmentId(segment),
    }))
    if (ids.length === 0) return new Map(traits.map(({ sid }) => [sid, quarantined]))
    for (const event of dcsEvents(ids, traits, settings.orgId)) {
      const pause = paused()
      const receipt = pause === undefined ? await send(event) : withoutDoubt(pause)
      for (const sid of event.sids) {
        const other = receipts.get(sid)
        receipts.set(sid, other === undefined ? receipt : worstReceipt([other, receipt]))
      }
    }
    return receipts
  }

  async function send(event: DcsEvent): Promise<Receipt> {
    const get = event.method === 'GET'
    const url = `${settings.dcsUrl.replace(/\/+$/, '')}/event${get ? `?${event.query}` : ''}`
    const headers = { host: settings.dcsHost, accept: 'application/json' }
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
    const outcome = await http.request(
      get
        ? { method: 'GET', url, headers }
        : { method: 'POST', url, headers: form, body: event.query },
    )
    if (outcome.kind !== 'response') return refusalOfTrouble(outcome)
    if (outcome.status !== 200) return refusalOfStatus(outcome, 'dcsHost', nowMs())
    const answer = readDcsAnswer(outcome)
    if (answer === undefined) return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
    const { codes, transactionId } = answer
    for (const code of codes) note(code, event)
    const alone = event.ids.length === 1
    const refused = codes.flatMap((code) => {
      const because = refusalOfDcsCode(code, alone)
      // Not our data source: which one is told by the ids of the call.
      const foreign = because?.status === 'misconfigured' && because.setting === 'dataSources'
      return foreign ? { ...because, setting: sourceSetting(event.ids) } : (because ?? [])
    })
    const [first, ...others] = refused
    if (first !== undefined) return worstReceipt([first, ...others])
    // Onboarded traits are only sure to be realized when a file is processed (§1.1): accepted, not applied.
    const requestId = transactionId === undefined ? {} : { requestId: transactionId }
    return { status: 'delivered', applied: false, ...requestId }
  }

  function note(code: number, event: DcsEvent): void {
    const { class: dcsClass, code: name } = dcsEntry(code)
    if (dcsClass.kind === 'quarantine') {
      for (const id of event.ids) quarantine.set(idKey(id), nowMs() + quarantineMs)
    }
    log({ level: 'warn', event: 'dcs_code', fields: { code: name, dcs: code } })
  }

  function isQuarantined(id: DeclaredId): boolean {
    const untilMs = quarantine.get(idKey(id))
    return untilMs !== undefined && nowMs() < untilMs
  }

  /** Answers, for the rows of one call, whether a trait's removal is in an open file; each file is looked for once. */
  function heldRemovals(): (row: DeclaredRow) => Promise<Receipt | undefined> {
    const sources = new Map<number, readonly PairIndex[] | undefined>()
    return async ({ row, ids }) => {
      for (const { dataSourceId, id } of ids) {
        if (!sources.has(dataSourceId)) sources.set(dataSourceId, await openPairs(dataSourceId))
        const files = sources.get(dataSourceId)
        if (files === undefined) return removalsUnknown
        if (files.some((pairs) => mayRemove(pairs, id, row.remoteId))) return removalOpen
      }
      return undefined
    }
  }

  /** What each open file holds; undefined where one cannot be read. */
  async function openPairs(dataSourceId: number): Promise<readonly PairIndex[] | undefined> {
    const look = await open.glance(dataSourceId)
    if (look.kind === 'refused') return undefined
    const files: PairIndex[] = []
    for (const file of look.files) {
      if (isProcessed(file, nowMs())) continue
      const pairs = await contents.index(file.key)
      if (pairs === undefined) return undefined
      files.push(pairs)
    }
    return files
  }
}

/** Longer than an outage would take: the row waits for a file, not for the solution. */
const heldMs = 600_000
const addsOnly = refusal('ADDS_ONLY', retryRow(0, false), 'removals go by file')
const quarantined = refusal('ID_QUARANTINED', retryRow(quarantineMs, false), 'ids called too often')
const removalOpen = refusal(
  'REMOVAL_OPEN',
  retryRow(heldMs, false),
  'its removal is in an open file',
)
const removalsUnknown = refusal(
  'REMOVALS_UNKNOWN',
  retryRow(heldMs, false),
  'the open files could not be read',
)
const notSent = refusal('NOT_SENT', retryRow(1_000, false))

function idKey({ dataSourceId, id }: DeclaredId): string {
  return `${dataSourceId}/${id}`
}

function isPause(receipt: Receipt): boolean {
  if (receipt.status === 'misconfigured') return true
  return receipt.status === 'retry' && receipt.scope === 'solution'
}

function withoutDoubt(receipt: Receipt): Receipt {
  return receipt.status === 'retry' ? { ...receipt, inDoubt: false } : receipt
}
