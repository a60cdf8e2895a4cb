import { LRUCache } from 'lru-cache'
import { concurrently } from '@segue/solution-kit'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { Bucket, BucketObject, BucketRefused } from './bucket.ts'
import { isProcessed } from './bucket-file.ts'
import type { BucketFile } from './bucket-file.ts'
import { readInboundReceipt, receiptEvent } from './inbound-receipt.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { fileNameOf, parseSyncFileKey, receiptKey, syncFilePrefix } from './sync-file-name.ts'

/** What a look at the bucket found of one data source, in the order of names. */
export type Look =
  | { readonly kind: 'files'; readonly files: readonly BucketFile[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Knows the files of each data source, and which of them are processed. The bucket is the memory: it is read before every upload, so that a restart,
 * a crash between upload and answer, or a second process changes nothing.
 */
export interface OpenFiles {
  /** Looks now, at all files that are open or could be since they were written. */
  readonly look: (dataSourceId: number) => Promise<Look>
  /** Looks now, at all files whose second is after a time, epoch milliseconds. */
  readonly lookSince: (dataSourceId: number, sinceMs: number) => Promise<Look>
  /** What the last look found, if it is recent; else looks. */
  readonly glance: (dataSourceId: number) => Promise<Look>
  /** The latest second in the name of any file of the data source that was seen or written; 0 for none. */
  readonly lastSecond: (dataSourceId: number) => number
  /** Tells of a file that is being uploaded, before its first byte leaves. */
  readonly uploading: (dataSourceId: number, key: string) => void
  /** Tells how that ended; an upload in doubt is shown by the next look. */
  readonly uploadEnded: (dataSourceId: number, key: string, stored: boolean) => void
}

/** What is remembered of one data source between looks. */
interface Memory {
  /** Rises with every upload: a look that began before it does not count after it. */
  epoch: number
  lastSecond: number
  /** Files that were surely stored here and may be open. */
  readonly own: Set<string>
  last?: { readonly look: Look; readonly atMs: number }
  underWay?: { readonly epoch: number; readonly look: Promise<Look> }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const listsAtOnce = 4

export function openFiles(options: {
  readonly bucket: Bucket
  readonly traitOwner: KnownDataSources['traitOwner']
  readonly settings: Pick<
    AudienceManagerSettings,
    's3' | 'receipts' | 'processedAfterHours' | 'processedPollMs'
  >
  readonly nowMs: () => number
  readonly log: SolutionLog
}): OpenFiles {
  const { bucket, traitOwner, settings, nowMs, log } = options
  const processedAfterMs = settings.processedAfterHours * hourMs
  const memories = new Map<number, Memory>()
  /** Files whose counters are worth a log line: written here, or open while this process looked. */
  const watched = new LRUCache<string, true>({ max: 1_000 })
  /** Problems of whole files, by their receipts; empty for none. */
  const problems = new LRUCache<string, string>({ max: 10_000 })

  function look(dataSourceId: number): Promise<Look> {
    const memory = memoryOf(dataSourceId)
    const { epoch, underWay } = memory
    if (underWay?.epoch === epoch) return underWay.look
    const started = lookSince(dataSourceId, nowMs() - processedAfterMs).then((found) => {
      if (memory.epoch === epoch) {
        memory.last = { look: found, atMs: nowMs() }
        delete memory.underWay
      }
      return found
    })
    memory.underWay = { epoch, look: started }
    return started
  }

  function glance(dataSourceId: number): Promise<Look> {
    const { last } = memoryOf(dataSourceId)
    const recentMs = 10 * settings.processedPollMs
    if (last?.look.kind !== 'files' || nowMs() - last.atMs >= recentMs) return look(dataSourceId)
    return Promise.resolve(last.look)
  }

  async function lookSince(dataSourceId: number, sinceMs: number): Promise<Look> {
    const objects = await listObjects(dataSourceId, sinceMs)
    if (!(objects instanceof Map)) return objects
    // Kept beside the listing: Audience Manager may take a file away before it has processed it.
    const { own } = memoryOf(dataSourceId)
    for (const key of own) {
      if (!objects.has(key)) objects.set(key, { key, modifiedMs: 0, bytes: 0 })
    }
    const files: BucketFile[] = []
    for (const object of objects.values()) {
      const name = parseSyncFileKey(object.key)
      if (name === undefined) continue
      noteSecond(dataSourceId, name.unixSeconds)
      if (name.unixSeconds * 1000 <= sinceMs) continue
      const receipt = objects.get(receiptKey(object.key))
      const file = await withReceipt(fileOf(object, name.unixSeconds), receipt)
      if ('status' in file) return { kind: 'refused', refusal: file }
      if (!isProcessed(file, nowMs())) watched.set(file.key, true)
      else own.delete(file.key)
      files.push(file)
    }
    files.sort(
      (one, other) => one.unixSeconds - other.unixSeconds || (one.key < other.key ? -1 : 1),
    )
    return { kind: 'files', files }
  }

  function fileOf({ key, modifiedMs, bytes }: BucketObject, unixSeconds: number): BucketFile {
    const untilMs = unixSeconds * 1000 + processedAfterMs
    return { key, unixSeconds, storedMs: modifiedMs, bytes, untilMs }
  }

  /** The file with what its receipt says; each receipt is read once. */
  async function withReceipt(
    file: BucketFile,
    receipt: BucketObject | undefined,
  ): Promise<BucketFile | Refusal> {
    if (receipt === undefined) return file
    let problem = problems.get(file.key)
    if (problem === undefined) {
      const object = await bucket.get(receipt.key)
      if (object.kind === 'refused') return object.refusal
      // Taken away between listing and reading: not a receipt any more.
      if (object.kind === 'absent') return file
      const read = readInboundReceipt(object.bytes)
      if (watched.delete(file.key)) log(receiptEvent(fileNameOf(file.key), read))
      problem = read?.problem ?? ''
      problems.set(file.key, problem)
    }
    const processed = { ...file, receiptMs: receipt.modifiedMs }
    return problem === '' ? processed : { ...processed, problem }
  }

  /** The data source's files of these days, and their receipts. */
  async function listObjects(
    dataSourceId: number,
    sinceMs: number,
  ): Promise<Map<string, BucketObject> | Extract<Look, { readonly kind: 'refused' }>> {
    const owner = await traitOwner()
    if (owner.kind === 'refused') return owner
    const kinds =
      settings.receipts === 'json' ? (['files', 'receipts'] as const) : (['files'] as const)
    // One prefix a UTC day, to tomorrow: a name may run ahead of the clock.
    const firstDay = Math.floor(sinceMs / dayMs)
    const lastDay = Math.floor((nowMs() + hourMs) / dayMs)
    const prefixes: string[] = []
    for (let day = firstDay; day <= lastDay; day += 1) {
      const unixSeconds = (day * dayMs) / 1000
      const name = { dataSourceId, targetDataSourceId: owner.dataSourceId, unixSeconds }
      for (const kind of kinds) prefixes.push(syncFilePrefix(settings.s3.directory, name, kind))
    }
    const objects = new Map<string, BucketObject>()
    let refused: BucketRefused | undefined
    await concurrently(prefixes, listsAtOnce, async (prefix) => {
      if (refused !== undefined) return
      const listed = await bucket.list(prefix)
      if (listed.kind === 'refused') refused = listed
      else for (const object of listed.objects) objects.set(object.key, object)
    })
    if (refused !== undefined) return refused
    return objects
  }

  function uploading(dataSourceId: number, key: string): void {
    watched.set(key, true)
    noteSecond(dataSourceId, parseSyncFileKey(key)?.unixSeconds ?? 0)
    // From now on it may be there, whatever the upload says.
    outdate(dataSourceId)
  }

  function uploadEnded(dataSourceId: number, key: string, stored: boolean): void {
    if (stored) memoryOf(dataSourceId).own.add(key)
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
    const memory = memories.get(dataSourceId) ?? { epoch: 0, lastSecond: 0, own: new Set() }
    memories.set(dataSourceId, memory)
    return memory
  }

  const lastSecond = (dataSourceId: number): number => memoryOf(dataSourceId).lastSecond
  return { look, lookSince, glance, lastSecond, uploading, uploadEnded }
}
