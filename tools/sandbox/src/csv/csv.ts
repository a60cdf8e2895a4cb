/** One record of a CSV file. */
export interface CsvRecord {
  readonly fields: readonly string[]
  /** A quote that is not closed, or stands where RFC 4180 allows none. */
  readonly malformed: boolean
  /** The record ends in a comma: its last field is empty and not even quoted. */
  readonly trailingComma: boolean
}

const quote = 0x22
const comma = 0x2c
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Reads RFC 4180 from bytes, without ever holding the file as one string: files may be larger than a string can be.
 * Lines end with CRLF or LF, the last one need not; empty lines are left out; a byte order mark is skipped.
 */
export function* csvRecords(content: Buffer): Generator<CsvRecord, void> {
  let at = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0
  while (at < content.length) {
    const fields: string[] = []
    let malformed = false
    let lastQuoted = false
    for (;;) {
      lastQuoted = content[at] === quote
      const end = lastQuoted ? closingQuote(content, at + 1) : endOfField(content, at)
      const text = content.toString('utf8', lastQuoted ? at + 1 : at, end)
      if (lastQuoted) {
        fields.push(text.replaceAll('""', '"'))
        const next = endOfField(content, end + 1)
        if (end >= content.length || next > end + 1) malformed = true
        at = next
      } else {
        fields.push(text)
        if (text.includes('"')) malformed = true
        at = end
      }
      if (content[at] !== comma) break
      at += 1
    }
    at += content[at] === carriageReturn ? 2 : 1
    const empty = fields.at(-1) === '' && !lastQuoted
    if (empty && fields.length === 1) continue
    yield { fields, malformed, trailingComma: empty }
  }
}

/** Where the quoted text ends that begins at `from`; the end of the file where it never does. */
function closingQuote(content: Buffer, from: number): number {
  let at = from
  for (;;) {
    const end = content.indexOf(quote, at)
    if (end < 0) return content.length
    if (content[end + 1] !== quote) return end
    at = end + 2
  }
}

/** The next comma or end of line, or the end of the file. */
function endOfField(content: Buffer, from: number): number {
  let at = Math.min(from, content.length)
  for (; at < content.length; at += 1) {
    const byte = content[at]
    if (byte === comma || byte === lineFeed) break
    if (byte === carriageReturn && content[at + 1] === lineFeed) break
  }
  return at
}
