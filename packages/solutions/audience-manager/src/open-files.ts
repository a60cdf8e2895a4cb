import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { Bucket } from './bucket.ts'
import { readInboundReceipt, receiptEvent } from './inbound-receipt.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { removalsIn } from './sync-file.ts'
import { parseSyncFileKey, syncFilePrefix } from './sync-file-name.ts'

/** A file that is in the bucket and not known to be processed. */
export interface OpenFile {
  readonly key: string
  /** When it counts as processed even without a receipt, epoch milliseconds. */
  readonly untilMs: number
}

/** What a look at the bucket found of one data source. */
export type Look =
  | { readonly kind: 'files'; readonly files: readonly OpenFile[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Knows which uploaded files are still open. The bucket is the memory: it is read before every upload, so that a restart,
 * a crash between upload and answer, or a second process changes nothing.
 */
export interface OpenFiles {
  /** Looks now. */
  readonly look: (dataSourceId: number) => Promise<Look>
  /** Asks only whether the files of the last look are processed by now. */
  readonly lookAgain: (dataSourceId: number) => Promise<Look>
  /** What the last look found, if it is recent; else looks. */
  readonly glance: (dataSourceId: number) => Promise<Look>
  /** The latest second in the name of any file of the data source that was seen or written; 0 for none. */
  readonly lastSecond: (dataSourceId: number) => number
  /** Tells of a file that is being uploaded, before its first byte leaves. */
  readonly uploading: (dataSourceId: number, key: string, removals: ReadonlySet<string>) => void
  /** Tells how that ended: `stored`, or not, or nobody knows (`in-doubt`; then the next look shows it). */
  readonly uploadEnded: (
    dataSourceId: number,
    key: string,
    how: 'stored' | 'not-stored' | 'in-doubt',
  ) => void
  /** The removals in an open file; undefined where they cannot be read. */
  readonly removalsOf: (key: string) => Promise<ReadonlySet<string> | undefined>
}

const unzip = promisify(gunzip)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

export function openFiles(options: {
  readonly bucket: Bucket
  readonly settings: Pick<
    AudienceManagerSettings,
    's3' | 'dataSources' | 'receipts' | 'processedAfterHours' | 'processedPollMs' | 'maxFileBytes'
  >
  readonly nowMs: () => number
  readonly log: SolutionLog
}): OpenFiles {
  const { bucket, settings, nowMs, log } = options
  const { directory } = settings.s3
  const processedAfterMs = settings.processedAfterHours * hourMs
  const processed = new LRUCache<string, true>({ max: 10_000 })
  const contents = new LRUCache<string, ReadonlySet<string>>({ max: 64 })
  const looks = new Map<number, { readonly look: Look; readonly atMs: number }>()
  const underWay = new Map<number, Promise<Look>>()
  const own = new Map<number, string>()
  const seconds = new Map<number, number>()

  function look(dataSourceId: number): Promise<Look> {
    const running = underWay.get(dataSourceId)
    if (running !== undefined) return running
    const started = lookNow(dataSourceId).finally(() => underWay.delete(dataSourceId))
    underWay.set(dataSourceId, started)
    return started
  }

  async function lookNow(dataSourceId: number): Promise<Look> {
    const found = await findOpen(dataSourceId)
    looks.set(dataSourceId, { look: found, atMs: nowMs() })
    return found
  }

  async function findOpen(dataSourceId: number): Promise<Look> {
    const keys = new Set<string>()
    // Kept beside the listing: Audience Manager may take a file away before it has processed it.
    const mine = own.get(dataSourceId)
    if (mine !== undefined) keys.add(mine)
    for (const prefix of prefixes(dataSourceId)) {
      const listed = await bucket.list(prefix)
      if (listed.kind === 'refused') return listed
      for (const key of listed.keys) keys.add(key)
    }
    const files: OpenFile[] = []
    for (const key of keys) {
      const name = parseSyncFileKey(key)
      if (name === undefined) continue
      noteSecond(dataSourceId, name.unixSeconds)
      files.push({ key, untilMs: name.unixSeconds * 1000 + processedAfterMs })
    }
    return stillOpen(files)
  }

  async function stillOpen(files: readonly OpenFile[]): Promise<Look> {
    const open: OpenFile[] = []
    for (const file of files) {
      if (processed.has(file.key) || nowMs() >= file.untilMs) continue
      const receipt = await readReceipt(file.key)
      if (receipt.kind === 'refused') return receipt
      if (receipt.kind === 'open') open.push(file)
    }
    return { kind: 'files', files: open }
  }

  async function lookAgain(dataSourceId: number): Promise<Look> {
    const last = looks.get(dataSourceId)?.look
    if (last?.kind !== 'files') return look(dataSourceId)
    const found = await stillOpen(last.files)
    looks.set(dataSourceId, { look: found, atMs: nowMs() })
    return found
  }

  /** One prefix a UTC day, from the oldest that may hold an open file to tomorrow (a name may run ahead of the clock). */
  function prefixes(dataSourceId: number): readonly string[] {
    const found: string[] = []
    const firstDay = Math.floor((nowMs() - processedAfterMs) / dayMs)
    const lastDay = Math.floor((nowMs() + hourMs) / dayMs)
    for (let day = firstDay; day <= lastDay; day += 1) {
      const unixSeconds = (day * dayMs) / 1000
      const targetDataSourceId = settings.dataSources.traitOwner
      found.push(syncFilePrefix(directory, { dataSourceId, targetDataSourceId, unixSeconds }))
    }
    return found
  }

  async function readReceipt(
    key: string,
  ): Promise<
    | { readonly kind: 'open' | 'processed' }
    | { readonly kind: 'refused'; readonly refusal: Refusal }
  > {
    if (settings.receipts === 'none') return { kind: 'open' }
    const receipt = await bucket.get(receiptKey(key))
    if (receipt.kind === 'refused') return receipt
    const text = receipt.kind === 'object' ? new TextDecoder().decode(receipt.bytes) : ''
    const counters = readInboundReceipt(text)
    if (counters === undefined) return { kind: 'open' }
    processed.set(key, true)
    log(receiptEvent(fileName(key), counters))
    return { kind: 'processed' }
  }

  async function glance(dataSourceId: number): Promise<Look> {
    const last = looks.get(dataSourceId)
    const recentMs = 10 * settings.processedPollMs
    if (last?.look.kind === 'files' && nowMs() - last.atMs < recentMs) {
      const files = last.look.files.filter((file) => nowMs() < file.untilMs)
      return { kind: 'files', files }
    }
    return look(dataSourceId)
  }

  function uploading(dataSourceId: number, key: string, removals: ReadonlySet<string>): void {
    contents.set(key, removals)
    noteSecond(dataSourceId, parseSyncFileKey(key)?.unixSeconds ?? 0)
    // From now on it may be there, whatever the upload says: a glance in between must not overlook it.
    looks.delete(dataSourceId)
  }

  function uploadEnded(
    dataSourceId: number,
    key: string,
    how: 'stored' | 'not-stored' | 'in-doubt',
  ): void {
    if (how === 'stored') own.set(dataSourceId, key)
    // What lies there under that name is another process' file: its removals are not ours.
    if (how === 'not-stored') contents.delete(key)
    looks.delete(dataSourceId)
  }

  function noteSecond(dataSourceId: number, unixSeconds: number): void {
    seconds.set(dataSourceId, Math.max(seconds.get(dataSourceId) ?? 0, unixSeconds))
  }

  async function removalsOf(key: string): Promise<ReadonlySet<string> | undefined> {
    const known = contents.get(key)
    if (known !== undefined) return known
    const object = await bucket.get(key)
    if (object.kind !== 'object') return undefined
    try {
      const bytes = key.endsWith('.gz')
        ? await unzip(object.bytes, { maxOutputLength: 2 * settings.maxFileBytes })
        : object.bytes
      const read = removalsIn(new TextDecoder().decode(bytes))
      contents.set(key, read)
      return read
    } catch {
      return undefined
    }
  }

  const lastSecond = (dataSourceId: number): number => seconds.get(dataSourceId) ?? 0
  return { look, lookAgain, glance, lastSecond, uploading, uploadEnded, removalsOf }
}

/** Where the receipt of a file is: next to it. */
export function receiptKey(key: string): string {
  const folder = key.slice(0, key.lastIndexOf('/') + 1)
  return `${folder}receipts/${fileName(key)}.json`
}

function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
