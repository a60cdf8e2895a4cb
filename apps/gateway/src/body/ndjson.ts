import { isUtf8 } from 'node:buffer'
import { withoutMark } from './byte-order-mark.ts'
import { malformed } from './updates.ts'
import type { Updates } from './updates.ts'

/**
 * Reads a body of `application/x-ndjson`: one update a line. Lines end by LF or CRLF, the last one may end with the body.
 * Blank lines are skipped and not counted, so that the index of an update is its place among the updates, as in an array.
 * A line that is not JSON in UTF-8 is `malformed` by itself.
 */
export function readNdjson(raw: Buffer): Updates {
  const body = withoutMark(raw)
  // One look at the whole body instead of one a line: nearly all bodies are valid.
  const valid = isUtf8(body)
  let at = 0
  return {
    count: countLines(body),
    next: () => {
      let end = lineEnd(body, at)
      while (isBlank(body, at, end)) {
        at = end + 1
        end = lineEnd(body, at)
      }
      const start = at
      at = end + 1
      if (!valid && !isUtf8(body.subarray(start, end))) return malformed
      try {
        const update: unknown = JSON.parse(body.toString('utf8', start, end))
        return update
      } catch {
        return malformed
      }
    },
  }
}

const lineFeed = 0x0a

function countLines(body: Buffer): number {
  let count = 0
  for (let at = 0; at < body.length;) {
    const end = lineEnd(body, at)
    if (!isBlank(body, at, end)) count += 1
    at = end + 1
  }
  return count
}

function lineEnd(body: Buffer, start: number): number {
  const end = body.indexOf(lineFeed, start)
  return end === -1 ? body.length : end
}

/** Nothing but what JSON takes for white space. Nearly always settled by the first byte. */
function isBlank(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = body[at]
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false
  }
  return start < body.length
}
