import type { AnalyticsSettings } from './settings.ts'

/** Bytes of a classification's value (general knowledge, not in the reference). */
const maxBytes = 255
/** What an import reads as an order, not as a value (`reference/solutions.md` §2.3 names the first). */
const orders = new Set(['~empty~', '~deletekey~'])

/**
 * The value of the name column for a segment: the display name in one line, cut to what a value holds at a whole character, and its id after it, so
 * that two segments of one name stay two lines in reports.
 */
export function segmentName(
  displayName: string,
  segmentId: string,
  { nameWithId }: Pick<AnalyticsSettings, 'nameWithId'>,
): string {
  const line = displayName.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
  const name = line === '' || orders.has(line.toLowerCase()) ? segmentId : line
  if (!nameWithId || name === segmentId) return cutAt(name, maxBytes)
  const suffix = ` [${segmentId}]`
  const room = maxBytes - Buffer.byteLength(suffix)
  // An id that fills the value alone is the best name there is.
  return room < 1 ? cutAt(segmentId, maxBytes) : cutAt(name, room) + suffix
}

function cutAt(text: string, bytes: number): string {
  let room = bytes
  let end = 0
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    end += character.length
  }
  return text.slice(0, end).trimEnd()
}
