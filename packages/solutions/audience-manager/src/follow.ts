import type { FollowReceipt, Refusal, SolutionLog } from '@segue/solution-kit'
import { isProcessed } from './bucket-file.ts'
import type { BucketFile } from './bucket-file.ts'
import type { Bucket } from './bucket.ts'
import { newestOf, progressOf } from './contested-pair.ts'
import type { ContestedPair } from './contested-pair.ts'
import type { FileWriter } from './file-writer.ts'
import { readInboundReceipt } from './inbound-receipt.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { repeatBytes, repeatsOf, waitForFiles } from './survey.ts'
import type { ReadSurvey, Survey } from './survey.ts'
import { syncText } from './sync-file.ts'
import { fileNameOf, keyOfFileName, parseSyncFileKey, receiptKey } from './sync-file-name.ts'
import type { SyncFileName } from './sync-file-name.ts'

const hourMs = 3_600_000

/**
 * Makes the function that says what became of a delivery's files: by their receipts or, without these, by time; and that the order in which files were
 * applied did no harm. Where it may have, it repairs: once every file that says otherwise is processed, the newest states are written once more, into a
 * file that is applied after all of them. Rows are applied when the last word on each of them is.
 * @param follow names of files, apart by blanks; a row whose newest state is in a later file is that file's matter
 */
export function fileFollow(options: {
  readonly bucket: Pick<Bucket, 'get'>
  readonly sources: Pick<KnownDataSources, 'traitOwner' | 'fileRefused'>
  readonly survey: ReadSurvey
  readonly writer: FileWriter
  readonly settings: AudienceManagerSettings
  readonly nowMs: () => number
  readonly log: SolutionLog
}): (follow: string) => Promise<FollowReceipt> {
  const { bucket, sources, survey, writer, settings, nowMs, log } = options

  return async (follow) => {
    let worst: FollowReceipt = { status: 'applied' }
    for (const fileName of follow.split(' ')) {
      const key = keyOfFileName(settings.s3.directory, fileName)
      const name = parseSyncFileKey(fileName)
      if (key === undefined || name === undefined) return unreadable
      const found = await writer.alone(() => followFile(key, name))
      worst = worse(worst, found)
    }
    return worst
  }

  async function followFile(key: string, name: SyncFileName): Promise<FollowReceipt> {
    const { dataSourceId, unixSeconds } = name
    const owner = await sources.traitOwner()
    if (owner.kind === 'refused') return asFollowReceipt(owner.refusal)
    if (owner.dataSourceId !== name.targetDataSourceId) return followFormer(key, name)
    // Whatever was processed when this file was written cannot be applied after it.
    const sinceMs = unixSeconds * 1000 - settings.processedAfterHours * hourMs
    const found = await survey(dataSourceId, sinceMs)
    if (found.kind === 'refused') return asFollowReceipt(found.refusal)
    const file = found.files.find((one) => one.key === key)
    if (file === undefined) return missing(key, unixSeconds)
    if (file.problem !== undefined) return lost(name, file.problem)
    const now = nowMs()
    const progress = found.contested
      .filter((pair) => speaksLast(file, pair))
      .map((pair) => progressOf(pair, now))
    if (progress.includes('repair')) {
      const refused = await repair(dataSourceId, sinceMs, found)
      if (refused !== undefined) return asFollowReceipt(refused)
      return waiting([file])
    }
    if (isProcessed(file, now) && progress.every((one) => one === 'applied')) {
      return { status: 'applied' }
    }
    return waiting(found.files)
  }

  /**
   * A file for a data source of traits that the settings no longer name: files of today do not contradict it, and its own receipt is all that counts. Where the
   * number was wrong, that receipt says so.
   */
  async function followFormer(key: string, name: SyncFileName): Promise<FollowReceipt> {
    if (settings.receipts === 'json') {
      const object = await bucket.get(receiptKey(key))
      if (object.kind === 'refused') return asFollowReceipt(object.refusal)
      if (object.kind === 'object') {
        const problem = readInboundReceipt(object.bytes)?.problem
        return problem === undefined ? { status: 'applied' } : lost(name, problem)
      }
    }
    return missing(key, name.unixSeconds)
  }

  /** Nothing of the file was applied. Where a data source is the reason, no further file goes there for a while. */
  function lost(name: SyncFileName, problem: string): FollowReceipt {
    sources.fileRefused(name, problem)
    return { status: 'not-applied', code: 'FILE_REFUSED', detail: `by ${problem}` }
  }

  /** Writes the newest state of every pair that needs it, as many as a file takes. */
  async function repair(
    dataSourceId: number,
    sinceMs: number,
    seen: Extract<Survey, { readonly kind: 'survey' }>,
  ): Promise<Refusal | undefined> {
    let fresh: typeof seen | undefined = seen
    const written = await writer.write(dataSourceId, async () => {
      const found = fresh ?? (await survey(dataSourceId, sinceMs))
      fresh = undefined
      if (found.kind === 'refused') return found.refusal
      const due = found.contested.filter((pair) => progressOf(pair, nowMs()) === 'repair')
      let repeats = repeatsOf(due, nowMs())
      while (repeats.length > 1 && repeatBytes(repeats) > settings.maxFileBytes) {
        // The rest goes into the next repair.
        repeats = repeats.slice(0, Math.ceil(repeats.length / 2))
      }
      if (repeats.length > 0) return syncText(new Map(), repeats)
      return waitForFiles(found.files, settings, nowMs(), 'another process has repaired it')
    })
    if (written.kind === 'refused') return written.refusal
    log({ level: 'info', event: 'order_repaired', fields: { file: written.fileName } })
    return undefined
  }

  /** A file that is not in the bucket any more: nobody can tell what it said, so only time counts. */
  function missing(key: string, unixSeconds: number): FollowReceipt {
    const untilMs = unixSeconds * 1000 + settings.processedAfterHours * hourMs
    if (nowMs() < untilMs) return waitUntil(untilMs, unixSeconds * 1000)
    log({ level: 'warn', event: 'file_missing', fields: { file: fileNameOf(key) } })
    return { status: 'applied' }
  }

  function waiting(files: readonly BucketFile[]): FollowReceipt {
    const unprocessed = files.filter((file) => !isProcessed(file, nowMs()))
    const untilMs = Math.min(Infinity, ...unprocessed.map((file) => file.untilMs))
    const writtenMs = Math.max(0, ...files.map((file) => file.unixSeconds * 1000))
    return waitUntil(untilMs, writtenMs)
  }

  /** Receipts may come at any time: the older the file, the less often it is looked for. */
  function waitUntil(untilMs: number, writtenMs: number): FollowReceipt {
    const leftMs = Math.max(1, untilMs - nowMs())
    const ageMs = Math.max(0, nowMs() - writtenMs)
    const pollMs = Math.min(hourMs, Math.max(10 * settings.processedPollMs, ageMs / 10))
    const afterMs = settings.receipts === 'json' ? Math.min(leftMs, pollMs) : leftMs
    return {
      status: 'waiting',
      afterMs: Math.ceil(Number.isFinite(afterMs) ? afterMs : 10 * settings.processedPollMs),
    }
  }
}

/** Whether the file says of the pair what the newest file says. */
function speaksLast(file: BucketFile, pair: ContestedPair): boolean {
  const own = pair.said.find((one) => one.file.key === file.key)
  return own !== undefined && own.status === newestOf(pair)
}

const unreadable: FollowReceipt = {
  status: 'not-applied',
  code: 'FOLLOW_UNREADABLE',
  detail: 'what was kept names no files',
}

function asFollowReceipt(because: Refusal): FollowReceipt {
  if (because.status !== 'rejected') return because
  const verdict = { afterMs: hourMs, scope: 'solution', inDoubt: false } as const
  const detail = because.detail === undefined ? {} : { detail: because.detail }
  return { status: 'retry', code: because.code, ...verdict, ...detail }
}

const ranks: Readonly<Record<FollowReceipt['status'], number>> = {
  applied: 0,
  waiting: 1,
  retry: 2,
  misconfigured: 3,
  'not-applied': 4,
}

/** What is lost is told first; of two that wait, the longer. */
function worse(one: FollowReceipt, other: FollowReceipt): FollowReceipt {
  if (one.status === 'waiting' && other.status === 'waiting') {
    return one.afterMs > other.afterMs ? one : other
  }
  return ranks[other.status] > ranks[one.status] ? other : one
}
