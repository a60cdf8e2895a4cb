import { maxListName } from './example-api.ts'

/**
 * The name of a segment's list: control characters and runs of white space become one blank, what is too long is cut between
 * two characters, and a name of nothing but blanks becomes the segment's id. Lists may share a name, so it need not be unique.
 */
export function listName(prefix: string, displayName: string, remoteSegmentId: string): string {
  const name = clean(displayName) || clean(remoteSegmentId)
  const whole = `${prefix}${name}`.trim()
  if (whole.length <= maxListName) return whole
  const cut = whole.slice(0, maxListName)
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trim()
}

function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}
