import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'
import { type BulkFile, readBulkFile } from './bulk-file.ts'
import type { Pipelines } from './pipelines.ts'
import type { AnalyticsSettings } from './settings.ts'

/** A file as it came in the form. */
export interface UploadedFile {
  readonly name: string
  readonly content: Buffer
}

/** An upload's answer, of which the look-up by key repeats a part (reference §2.2 A). */
export interface UploadAnswer {
  readonly file_id: string
  readonly visitor_group_id: string
  readonly size: number
  /** Unix seconds. */
  readonly received_date: number
  readonly rows: number
  readonly invalid_rows: number
  readonly upload_name: string
  readonly status: string
  readonly status_code: 'UPLOADED' | 'REJECTED'
  readonly processing_log: string
  readonly idempotency_key: string
  readonly error?: string
}

export interface Uploads {
  /**
   * Takes a file. A key that is known answers as it did before and ingests nothing [I]; a rejected file leaves no key
   * behind, since it may be mended and sent again.
   * @throws FileTooLarge
   */
  readonly take: (
    group: string,
    file: UploadedFile,
    key: string | undefined,
  ) => Promise<UploadAnswer>
  readonly byKey: (key: string) => UploadAnswer | undefined
  readonly snapshot: () => UploadsState
  readonly restore: (state: UploadsState) => void
}

export type UploadsState = readonly UploadAnswer[]

export function createUploads(
  settings: AnalyticsSettings,
  clock: Clock,
  pipelines: Pipelines,
): Uploads {
  const kept = new Map<string, UploadAnswer>()
  /** By key, files that are being read: a repeat that comes meanwhile is a repeat too. */
  const reading = new Map<string, Promise<UploadAnswer>>()

  const remember = (answer: UploadAnswer): void => {
    kept.set(answer.idempotency_key, answer)
    for (const oldest of kept.keys()) {
      if (settings.keysKept === 0 || kept.size <= settings.keysKept) break
      kept.delete(oldest)
    }
  }

  const ingest = async (group: string, file: UploadedFile, key: string): Promise<UploadAnswer> => {
    const receivedS = Math.floor(clock.nowMs() / 1000)
    const read = await readBulkFile(file.content, settings)
    const answer = answerOf(read, {
      file_id: randomUUID(),
      visitor_group_id: group,
      size: file.content.length,
      received_date: receivedS,
      upload_name: file.name,
      idempotency_key: key,
    })
    if (read.error === undefined) {
      remember(answer)
      pipelines.add(group, read.hits)
    }
    return answer
  }

  return {
    take: (group, file, key = randomUUID()) => {
      const known = kept.get(key)
      if (known !== undefined) return Promise.resolve(known)
      const running = reading.get(key)
      if (running !== undefined) return running
      const taken = ingest(group, file, key).finally(() => reading.delete(key))
      reading.set(key, taken)
      return taken
    },
    byKey: (key) => kept.get(key),
    snapshot: () => [...kept.values()],
    restore: (state) => {
      for (const answer of state) remember(answer)
    },
  }
}

function answerOf(
  { rows, invalidRows, log, error }: BulkFile,
  about: Pick<
    UploadAnswer,
    'file_id' | 'visitor_group_id' | 'size' | 'received_date' | 'upload_name' | 'idempotency_key'
  >,
): UploadAnswer {
  return {
    ...about,
    rows,
    invalid_rows: invalidRows,
    status: error === undefined ? 'The file was uploaded and will be processed' : 'File Error',
    status_code: error === undefined ? 'UPLOADED' : 'REJECTED',
    processing_log: log,
    ...(error === undefined ? {} : { error }),
  }
}
