import { notInDoubt, refusal, retrySolution } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { isProcessed } from './bucket-file.ts'
import type { BucketFile } from './bucket-file.ts'
import { newestOf, progressOf } from './contested-pair.ts'
import type { ContestedPair } from './contested-pair.ts'
import type { FileContents } from './file-contents.ts'
import type { OpenFiles } from './open-files.ts'
import { pairLedger } from './pair-ledger.ts'
import type { PairLedger } from './pair-ledger.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { bytesOf } from './sync-file.ts'
import type { PairState } from './sync-lines.ts'

/** What the files of one data source say, and where they contradict each other. */
export type Survey =
  | {
      readonly kind: 'survey'
      /** In the order of names. */
      readonly files: readonly BucketFile[]
      readonly contested: readonly ContestedPair[]
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Reads what the files of a data source say: since a time, or as far back as a file may be open. One call at a time for a data source. */
export type ReadSurvey = (dataSourceId: number, sinceMs?: number) => Promise<Survey>

/** Compressed bytes of files that are compared with each other: some 13 million pairs, of which 100 MB are kept in memory. */
const maxSurveyBytes = 256 * 1024 * 1024

export function surveyReader(options: {
  readonly open: OpenFiles
  readonly contents: FileContents
  readonly settings: Pick<
    AudienceManagerSettings,
    'receipts' | 'processedPollMs' | 'processedAfterHours'
  >
  readonly nowMs: () => number
}): ReadSurvey {
  const { open, contents, settings, nowMs } = options
  const processedAfterMs = settings.processedAfterHours * 3_600_000
  const ledgers = new Map<number, PairLedger>()

  return async (dataSourceId, sinceMs) => {
    const look = await (sinceMs === undefined
      ? open.look(dataSourceId)
      : open.lookSince(dataSourceId, sinceMs))
    if (look.kind === 'refused') return { kind: 'refused', refusal: notInDoubt(look.refusal) }
    const { files } = look
    // What is followed may be older than what is compared, so only the look of a delivery is bounded.
    const bytes = sinceMs === undefined ? files.reduce((sum, file) => sum + file.bytes, 0) : 0
    if (bytes > maxSurveyBytes) {
      return { kind: 'refused', refusal: mustWait(files, 'too much is open to be compared') }
    }
    const ledger = ledgers.get(dataSourceId) ?? pairLedger(contents, processedAfterMs)
    ledgers.set(dataSourceId, ledger)
    if (await ledger.update(files, nowMs())) {
      return { kind: 'survey', files, contested: ledger.contested() }
    }
    return { kind: 'refused', refusal: mustWait(files, 'a file cannot be read back') }
  }

  /** The data source waits until files are processed: by their receipts, which may come at any time, or by time alone. */
  function mustWait(files: readonly BucketFile[], detail: string): Refusal {
    return waitForFiles(files, settings, nowMs(), detail)
  }
}

/** The receipt of rows whose data source can take no further file now. */
export function waitForFiles(
  files: readonly BucketFile[],
  settings: Pick<AudienceManagerSettings, 'receipts' | 'processedPollMs'>,
  nowMs: number,
  detail: string,
): Refusal {
  const waits = files.flatMap((file) => (isProcessed(file, nowMs) ? [] : [file.untilMs - nowMs]))
  const leftMs = Math.min(Infinity, ...waits)
  const pollMs = 10 * settings.processedPollMs
  const afterMs = settings.receipts === 'json' ? Math.min(pollMs, leftMs) : leftMs
  const verdict = retrySolution(Number.isFinite(afterMs) ? Math.max(1, afterMs) : pollMs, false)
  return refusal('FILE_OPEN', verdict, detail)
}

/**
 * What the next file has to say again beside its own rows: the newest state of every pair of which a file that is not processed says otherwise, or of
 * which nothing was sent since such a file was processed.
 */
export function repeatsOf(
  contested: readonly ContestedPair[],
  nowMs: number,
): readonly PairState[] {
  return contested.flatMap((pair) => {
    const progress = progressOf(pair, nowMs)
    if (progress === 'sent' || progress === 'applied') return []
    return [{ id: pair.id, sid: pair.sid, status: newestOf(pair) }]
  })
}

/** What repeats take in a file, at most. */
export function repeatBytes(repeats: readonly PairState[]): number {
  return repeats.reduce((sum, { id, sid }) => sum + bytesOf(id, sid), 0)
}
