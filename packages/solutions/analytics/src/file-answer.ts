import { readJson } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { z } from 'zod'
import { refusalOfRejection } from './codes.ts'

/** What Analytics says of a file that it was given. */
export type FileAnswer =
  | {
      readonly kind: 'ingested'
      readonly fileId: string | undefined
      readonly receivedSecs: number | undefined
      /** Rows that were not ingested and are named, from 0. */
      readonly invalid: ReadonlySet<number>
      /** Rows that were not ingested and are not named. */
      readonly unnamed: number
      /** How many rows Analytics read, where it says so. */
      readonly rows: number | undefined
    }
  /** Nothing of it was ingested. */
  | { readonly kind: 'rejected'; readonly refusal: Refusal; readonly invalid: ReadonlySet<number> }
  | { readonly kind: 'unreadable' }

const count = z.int().nonnegative()
const answerShape = z.object({
  file_id: z.string().nullish(),
  status_code: z.string(),
  received_date: count.nullish(),
  rows: count.nullish(),
  invalid_rows: count.nullish(),
  processing_log: z.string().nullish(),
  status: z.string().nullish(),
  error: z.string().nullish(),
})

/** Codes of a file on its way; the reference has UPLOADED only, Adobe's own description of the API the other two. */
const taken = new Set(['UPLOADED', 'PROCESSING', 'COMPLETE'])

/**
 * Reads the answer to an upload (`reference/solutions.md` §2.2).
 * @param rows rows that the file has
 */
export function readFileAnswer(body: string, rows: number): FileAnswer {
  const answer = readJson(answerShape, body)
  if (answer === undefined) return { kind: 'unreadable' }
  const log = answer.processing_log ?? ''
  const named = rowsNamed(log, rows)
  if (!taken.has(answer.status_code)) {
    const text = `${log} ${answer.error ?? ''} ${answer.status ?? ''}`
    return { kind: 'rejected', refusal: refusalOfRejection(text), invalid: named }
  }
  const invalidRows = answer.invalid_rows ?? 0
  const all = invalidRows >= rows ? new Set(Array.from({ length: rows }, (_, row) => row)) : named
  const invalid = invalidRows === 0 ? new Set<number>() : all
  return {
    kind: 'ingested',
    invalid,
    unnamed: Math.max(0, invalidRows - invalid.size),
    fileId: answer.file_id ?? undefined,
    receivedSecs: answer.received_date ?? undefined,
    rows: answer.rows ?? undefined,
  }
}

const validationShape = z.object({ success: z.string().nullish(), error: z.string().nullish() })

/** Reads the answer of `/events/validate`; undefined: the file is valid. */
export function readValidation(
  body: string,
  rows: number,
): Extract<FileAnswer, { readonly kind: 'rejected' | 'unreadable' }> | undefined {
  const answer = readJson(validationShape, body)
  if (answer === undefined) return { kind: 'unreadable' }
  const { error } = answer
  if (error === undefined || error === null) {
    return typeof answer.success === 'string' ? undefined : { kind: 'unreadable' }
  }
  const invalid = rowsNamed(error, rows)
  return { kind: 'rejected', refusal: refusalOfRejection(error), invalid }
}

/**
 * Rows that a text names ("On row: 1, missing …", "Ex: row #59"), counted from 0. Analytics counts from 1; that the header is not
 * counted is our reading, not documented.
 */
export function rowsNamed(text: string, rows: number): ReadonlySet<number> {
  const named = new Set<number>()
  for (const [, digits] of text.matchAll(/\brow:? #?(\d{1,9})\b/gi)) {
    const row = Number(digits) - 1
    if (row >= 0 && row < rows) named.add(row)
  }
  return named
}
