import { LRUCache } from 'lru-cache'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { Bucket } from './bucket.ts'
import { fileRemovals } from './file-removals.ts'
import { readInboundReceipt, receiptEvent } from './inbound-receipt.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { fileNameOf, parseSyncFileKey, receiptKey, syncFilePrefix } from './sync-file-name.ts'

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

/** What is remembered of one data source between looks. */
interface Memory {
  /** Rises with every upload: a look that began before it does not count after it. */
  epoch: number
  lastSecond: number
  /** The last file that was surely stored here. */
  ownKey?: string
  last?: { readonly look: Look; readonly atMs: number }
  underWay?: { readonly epoch: number; readonly look: Promise<Look> }
}

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
  const processedAfterMs = settings.processedAfterHours * hourMs
  const memories = new Map<number, Memory>()
  const removals = fileRemovals(bucket, settings.maxFileBytes)
  /** Files whose counters are worth a log line: written here, or open while this process looked. */
  const watched = new LRUCache<string, true>({ max: 1_000 })

  function look(dataSourceId: number): Promise<Look> {
    const memory = memoryOf(dataSourceId)
    const { epoch, underWay } = memory
    if (underWay?.epoch === epoch) return underWay.look
    const started = find(dataSourceId).then((found) => {
      if (memory.epoch === epoch) {
        memory.last = { look: found, atMs: nowMs() }
        delete memory.underWay
      }
      return found
    })
    memory.underWay = { epoch, look: started }
    return started
  }

  async function lookAgain(dataSourceId: number): Promise<Look> {
    const memory = memoryOf(dataSourceId)
    const { epoch, last } = memory
    if (last?.look.kind !== 'files') return look(dataSourceId)
    const open: OpenFile[] = []
    for (const file of last.look.files) {
      if (nowMs() >= file.untilMs) continue
      const processed = await readReceipt(file.key)
      if (processed.kind === 'refused') return processed
      if (processed.kind === 'open') open.push(file)
    }
    const found: Look = { kind: 'files', files: open }
    if (memory.epoch === epoch) memory.last = { look: found, atMs: nowMs() }
    return found
  }

  function glance(dataSourceId: number): Promise<Look> {
    const { last } = memoryOf(dataSourceId)
    const recentMs = 10 * settings.processedPollMs
    if (last?.look.kind !== 'files' || nowMs() - last.atMs >= recentMs) return look(dataSourceId)
    const files = last.look.files.filter((file) => nowMs() < file.untilMs)
    return Promise.resolve({ kind: 'files', files })
  }

  async function find(dataSourceId: number): Promise<Look> {
    const keys = await listKeys(dataSourceId)
    if (!(keys instanceof Set)) return keys
    // Kept beside the listing: Audience Manager may take a file away before it has processed it.
    const { ownKey } = memoryOf(dataSourceId)
    if (ownKey !== undefined) keys.add(ownKey)
    const files: OpenFile[] = []
    for (const key of keys) {
      const name = parseSyncFileKey(key)
      if (name === undefined) continue
      noteSecond(dataSourceId, name.unixSeconds)
      const untilMs = name.unixSeconds * 1000 + processedAfterMs
      if (nowMs() >= untilMs) continue
      if (!keys.has(receiptKey(key))) files.push({ key, untilMs })
      else if (watched.has(key)) await readReceipt(key)
    }
    for (const { key } of files) watched.set(key, true)
    return { kind: 'files', files }
  }

  /** Keys of the data source's files that may be open, and of their receipts. */
  async function listKeys(
    dataSourceId: number,
  ): Promise<Set<string> | { readonly kind: 'refused'; readonly refusal: Refusal }> {
    const keys = new Set<string>()
    const kinds =
      settings.receipts === 'json' ? (['files', 'receipts'] as const) : (['files'] as const)
    // One prefix a UTC day, from the oldest that may hold an open file to tomorrow: a name may run ahead of the clock.
    const firstDay = Math.floor((nowMs() - processedAfterMs) / dayMs)
    const lastDay = Math.floor((nowMs() + hourMs) / dayMs)
    for (let day = firstDay; day <= lastDay; day += 1) {
      const unixSeconds = (day * dayMs) / 1000
      const targetDataSourceId = settings.dataSources.traitOwner
      const name = { dataSourceId, targetDataSourceId, unixSeconds }
      for (const kind of kinds) {
        const listed = await bucket.list(syncFilePrefix(settings.s3.directory, name, kind))
        if (listed.kind === 'refused') return listed
        for (const key of listed.keys) keys.add(key)
      }
    }
    return keys
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
    if (receipt.kind === 'absent') return { kind: 'open' }
    if (watched.delete(key)) {
      log(receiptEvent(fileNameOf(key), readInboundReceipt(receipt.bytes)))
    }
    return { kind: 'processed' }
  }

  function uploading(dataSourceId: number, key: string, written: ReadonlySet<string>): void {
    removals.remember(key, written)
    watched.set(key, true)
    noteSecond(dataSourceId, parseSyncFileKey(key)?.unixSeconds ?? 0)
    // From now on it may be there, whatever the upload says.
    outdate(dataSourceId)
  }

  function uploadEnded(
    dataSourceId: number,
    key: string,
    how: 'stored' | 'not-stored' | 'in-doubt',
  ): void {
    if (how === 'stored') memoryOf(dataSourceId).ownKey = key
    // What lies there under that name is another process' file: its removals are not ours.
    if (how === 'not-stored') removals.forget(key)
    outdate(dataSourceId)
  }

  function outdate(dataSourceId: number): void {
    const memory = memoryOf(dataSourceId)
    memory.epoch += 1
    delete memory.last
    delete memory.underWay
  }

  function noteSecond(dataSourceId: number, unixSeconds: number): void {
    const memory = memoryOf(dataSourceId)
    memory.lastSecond = Math.max(memory.lastSecond, unixSeconds)
  }

  function memoryOf(dataSourceId: number): Memory {
    const memory = memories.get(dataSourceId) ?? { epoch: 0, lastSecond: 0 }
    memories.set(dataSourceId, memory)
    return memory
  }

  const lastSecond = (dataSourceId: number): number => memoryOf(dataSourceId).lastSecond
  const removalsOf = removals.of
  return { look, lookAgain, glance, lastSecond, uploading, uploadEnded, removalsOf }
}
