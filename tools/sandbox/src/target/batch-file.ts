import { unescape } from 'node:querystring'
import { ownText } from './own-text.ts'
import type { Entries } from './attributes.ts'

/** A batch as it came, ready to be read row by row. */
export interface BatchFile {
  readonly key: 'pcId' | 'thirdPartyId'
  /** The attributes' names, in the order of the columns. */
  readonly names: readonly string[]
  /** The lines after the header. */
  readonly rows: string
  /** How many of the lines are rows. */
  readonly size: number
}

/** A batch that is refused whole; the message goes into the answer. */
export class BatchRefused extends Error {}

/**
 * Reads the body of a bulk profile update (reference §5.2 A). It is a form of one field, so that whatever a form gives a
 * meaning has that meaning here: `&` ends the batch, `+` is a blank, and a `%` that escapes nothing spoils it all. The
 * values are unescaped before the columns are told apart [I].
 * @param limits a body has less than `bytes` (50 MB) and at most `rows` rows; 0 is no limit
 * @throws BatchRefused
 */
export function readBatchFile(
  body: Buffer,
  limits: { readonly bytes: number; readonly rows: number },
): BatchFile {
  if (limits.bytes > 0 && body.length >= limits.bytes) {
    throw new BatchRefused(`The batch must be smaller than ${limits.bytes} bytes`)
  }
  const form = body.toString()
  if (!form.startsWith(field)) throw new BatchRefused('The body must start with batch=')
  if (/%(?![\da-f]{2})/i.test(form)) throw new BatchRefused('Unexpected error')
  const text = fieldOf(form)
  const headerEnd = lineEnd(text, 0)
  const [key, ...names] = withoutReturn(text.slice(0, headerEnd)).split(',')
  if (text.trim() === '') throw new BatchRefused('Batch is empty')
  // The Experience Cloud id is no key: the visitor's id must be Target's own or the client's.
  if (key !== 'pcId' && key !== 'thirdPartyId') {
    throw new BatchRefused('The first header must be pcId or thirdPartyId')
  }
  if (names.some((name) => name === '')) throw new BatchRefused('A header is empty')
  const rows = text.slice(headerEnd + 1)
  const size = countOf(linesOf(rows))
  if (size === 0) throw new BatchRefused('Batch is empty')
  if (limits.rows > 0 && size > limits.rows) {
    throw new BatchRefused(`The batch must have at most ${limits.rows} rows`)
  }
  return { key, names: names.map(ownText), rows, size }
}

/** The lines that are not blank. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = lineEnd(text, start)
    const line = withoutReturn(text.slice(start, end))
    if (line !== '') yield line
    start = end + 1
  }
}

/**
 * One row: who, and the values that are there. Columns without a value, and columns that the row has not, are left out:
 * an empty value never clears an attribute.
 * @returns undefined for an id that cannot be one, or more columns than the header has [I]
 */
export function readRow(
  line: string,
  names: readonly string[],
): { readonly id: string; readonly entries: Entries } | undefined {
  const [id = '', ...cells] = line.split(',')
  if (id === '' || /[+/\s]/.test(id) || cells.length > names.length) return undefined
  const entries: (readonly [string, string])[] = []
  cells.forEach((value, column) => {
    const name = names[column]
    if (value !== '' && name !== undefined) entries.push([name, value])
  })
  return { id, entries }
}

const field = 'batch='

function countOf(items: Iterator<unknown>): number {
  let count = 0
  while (items.next().done !== true) count += 1
  return count
}

function fieldOf(form: string): string {
  const end = form.indexOf('&')
  const escaped = form.slice(field.length, end < 0 ? form.length : end)
  const spaced = escaped.includes('+') ? escaped.replaceAll('+', ' ') : escaped
  // Bytes that are no UTF-8 become U+FFFD.
  return spaced.includes('%') ? unescape(spaced) : spaced
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
