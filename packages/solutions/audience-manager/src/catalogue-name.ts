/** Audience Manager's bound for names of traits. */
export const maxName = 255

/**
 * Names for a segment's trait and segment, best first: without comma, any dash, tab or pipe, which Audience Manager advises against
 * (`reference/solutions.md` §1.4), at most 255 long. The second one carries the segment's id, for when the first is taken.
 */
export function catalogueNames(
  displayName: string,
  remoteSegmentId: string,
): readonly [string, string] {
  const id = bounded(clean(remoteSegmentId), 64)
  const name = clean(displayName) || `Segment ${id}`
  const suffix = ` ${id}`
  return [bounded(name, maxName), bounded(name, maxName - suffix.length) + suffix]
}

function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Pd}\u2212,|]/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

/** Cuts without splitting a character: no half of a surrogate pair is left. */
function bounded(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength)
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trim()
}
