import { hash } from 'node:crypto'

/** Target's bound for names of audiences (`reference/solutions.md` §5.3), in UTF-16 units [I]. */
export const maxAudienceName = 255

/**
 * Names for a segment's audience, best first: the second one carries the segment's remote id, for when another audience has the first.
 * @param displayName as people gave it; control characters are dropped, white space is collapsed, empty falls back to the id
 */
export function audienceNames(
  prefix: string,
  displayName: string,
  remoteSegmentId: string,
): readonly [string, string] {
  const name = clean(displayName) || clean(remoteSegmentId)
  const suffix = ` [${shortId(clean(remoteSegmentId))}]`
  const first = bounded(`${prefix}${name}`, maxAudienceName).trim()
  return [first, bounded(`${prefix}${name}`, maxAudienceName - suffix.length).trim() + suffix]
}

function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

/** Cuts without splitting a character: no half of a surrogate pair is left. */
function bounded(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

/** An id that would leave no room for the name goes as its hash: two segments never share a second name. */
function shortId(id: string): string {
  return id.length <= 64 ? id : hash('sha256', id, 'hex')
}
