import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { refusal, retryRow } from '@segue/solution-kit'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { Bucket } from './bucket.ts'
import type { FileContents } from './file-contents.ts'
import type { OpenFiles } from './open-files.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { fileNameOf, syncFileKey } from './sync-file-name.ts'

export type Written =
  | { readonly kind: 'written'; readonly fileName: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Writes files, one after the other: what one says depends on what is there when it is written. */
export interface FileWriter {
  /**
   * Uploads a file of the data source under the next free second.
   * @param compose makes the text, anew where another process wrote a file meanwhile; undefined for nothing to write
   */
  readonly write: (
    dataSourceId: number,
    compose: () => Promise<string | Refusal>,
  ) => Promise<Written>
  /** Runs work that looks and then writes while no other such work runs in this process. */
  readonly alone: <Result>(work: () => Promise<Result>) => Promise<Result>
}

const zip = promisify(gzip)
/** Seconds tried for a name before it is left to the next delivery. */
const maxNames = 5

export function fileWriter(options: {
  readonly bucket: Bucket
  readonly open: OpenFiles
  readonly contents: FileContents
  readonly traitOwner: KnownDataSources['traitOwner']
  readonly settings: Pick<AudienceManagerSettings, 's3'>
  readonly nowMs: () => number
  readonly log: SolutionLog
}): FileWriter {
  const { bucket, open, contents, traitOwner, settings, nowMs, log } = options
  let before: Promise<unknown> = Promise.resolve()

  async function write(
    dataSourceId: number,
    compose: () => Promise<string | Refusal>,
  ): Promise<Written> {
    const owner = await traitOwner()
    if (owner.kind === 'refused') return owner
    for (let name = 1; name <= maxNames; name += 1) {
      const text = await compose()
      if (typeof text !== 'string') return { kind: 'refused', refusal: text }
      const body = await zip(text)
      const key = nextKey(dataSourceId, owner.dataSourceId)
      open.uploading(dataSourceId, key)
      contents.remember(key, body)
      const outcome = await bucket.put(key, body)
      open.uploadEnded(dataSourceId, key, outcome.kind === 'stored')
      if (outcome.kind === 'refused') {
        const { refusal: because } = outcome
        // It may be there all the same: then what it says is known.
        if (because.status !== 'retry' || !because.inDoubt) contents.forget(key)
        return outcome
      }
      if (outcome.kind === 'exists') {
        // What lies there under that name is another process' file.
        contents.forget(key)
        continue
      }
      const fields = { file: fileNameOf(key), bytes: body.length }
      log({ level: 'info', event: 'file_uploaded', fields })
      return { kind: 'written', fileName: fileNameOf(key) }
    }
    return { kind: 'refused', refusal: namesTaken }
  }

  /** Two files of one data source never have the same second. */
  function nextKey(dataSourceId: number, targetDataSourceId: number): string {
    const now = Math.floor(nowMs() / 1000)
    const unixSeconds = Math.max(now, open.lastSecond(dataSourceId) + 1)
    return syncFileKey(settings.s3.directory, { dataSourceId, targetDataSourceId, unixSeconds })
  }

  async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = before.then(work)
    before = mine.catch(() => undefined)
    return mine
  }

  return { write, alone }
}

const namesTaken = refusal(
  'FILE_NAMES_TAKEN',
  retryRow(10_000, false),
  'another process uploads as well',
)
