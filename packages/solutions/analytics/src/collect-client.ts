import { readJson, refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { z } from 'zod'
import type { AdobeOutcome, CallAdobe } from './adobe-client.ts'
import { refusalOfRejection } from './codes.ts'
import { readFileAnswer, readValidation, rowsNamed } from './file-answer.ts'
import type { FileAnswer } from './file-answer.ts'
import { fileForm } from './file-form.ts'

/** A file as it goes out. */
export interface Upload {
  readonly key: string
  readonly group: string
  readonly gzip: Uint8Array
  readonly rows: number
}

/** What came of a file. */
export type UploadOutcome =
  | Exclude<FileAnswer, { readonly kind: 'unreadable' }>
  /** HTTP 413: the caller may cut the file in two. */
  | { readonly kind: 'too-large'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What Analytics knows of a key. */
export type Lookup =
  | { readonly kind: 'found'; readonly receivedSecs?: number }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The calls of Bulk Data Insertion (`reference/solutions.md` §2.2). */
export interface CollectClient {
  readonly upload: (file: Upload) => Promise<UploadOutcome>
  /** Has the file's format checked; nothing is ingested. Undefined: it is valid. */
  readonly validate: (
    file: Upload,
  ) => Promise<Exclude<UploadOutcome, { readonly kind: 'ingested' }> | undefined>
  /** Asks for the file of an idempotency key. */
  readonly lookUp: (key: string) => Promise<Lookup>
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(5_000, true))
const foundShape = z.object({
  file_id: z.string().nullish(),
  received_date: z.int().nonnegative().nullish(),
  rows: z.int().nonnegative().nullish(),
  error: z.string().nullish(),
})

export function collectClient(call: CallAdobe): CollectClient {
  async function upload(file: Upload): Promise<UploadOutcome> {
    const outcome = await post('/aa/collect/v1/events', file)
    if (outcome.kind === 'refused') return refused(outcome, file.rows)
    const answer = readFileAnswer(outcome.response.body, file.rows)
    return answer.kind === 'unreadable' ? { kind: 'refused', refusal: unreadable } : answer
  }

  async function validate(file: Upload) {
    const outcome = await post('/aa/collect/v1/events/validate', file)
    if (outcome.kind === 'refused') return refused(outcome, file.rows)
    const answer = readValidation(outcome.response.body, file.rows)
    return answer?.kind === 'unreadable'
      ? ({ kind: 'refused', refusal: unreadable } as const)
      : answer
  }

  function post(path: string, file: Upload): Promise<AdobeOutcome> {
    const form = fileForm(file.key, `${file.group}-${file.key}.csv.gz`, file.gzip)
    const headers = {
      'content-type': form.contentType,
      'x-adobe-vgid': file.group,
      'x-adobe-idempotency-key': file.key,
    }
    return call({ method: 'POST', path, headers, body: form.body })
  }

  async function lookUp(key: string): Promise<Lookup> {
    const outcome = await call({ method: 'GET', path: `/aa/collect/v1/events/key/${key}` })
    // The status that goes with "not found" is not documented: 404 and 200 are both read.
    const body = outcome.response?.body
    const found = body === undefined ? undefined : readJson(foundShape, body)
    if (found !== undefined && /not found/i.test(found.error ?? '')) return { kind: 'not-found' }
    if (outcome.kind === 'refused') return outcome
    if (found === undefined || typeof found.file_id !== 'string') {
      return { kind: 'refused', refusal: unreadable }
    }
    // A file without a row was received and rejected.
    if (found.rows === 0) return { kind: 'not-found' }
    const { received_date: receivedSecs } = found
    return typeof receivedSecs === 'number' ? { kind: 'found', receivedSecs } : { kind: 'found' }
  }

  return { upload, validate, lookUp }
}

const errorShape = z.object({ error: z.string(), processing_log: z.string().nullish() })

/** HTTP 400 says in its body what is wrong with the file: more than its status does. */
function refused(
  outcome: Extract<AdobeOutcome, { readonly kind: 'refused' }>,
  rows: number,
): Exclude<UploadOutcome, { readonly kind: 'ingested' }> {
  const { response, refusal: because } = outcome
  if (response?.status === 413) return { kind: 'too-large', refusal: because }
  const error = response?.status === 400 ? readJson(errorShape, response.body) : undefined
  if (error === undefined) return { kind: 'refused', refusal: because }
  const text = `${error.processing_log ?? ''} ${error.error}`
  const known = refusalOfRejection(text)
  return {
    kind: 'rejected',
    refusal: known.code === 'FILE_REJECTED' ? because : known,
    invalid: rowsNamed(text, rows),
  }
}
