/** The longest name given to a static list, in UTF-16 units. Marketo documents no bound; its text fields hold 255 (interpretation). */
export const maxListName = 255

/**
 * Names for a segment's static list, best first. Names are unique in an instance and people choose segment names, so the second one carries the
 * segment's remote id, for when another list has the first.
 * @param displayName as people gave it; control characters are dropped, white space is collapsed, empty falls back to the id
 */
export function listNames(
  prefix: string,
  displayName: string,
  remoteSegmentId: string,
): readonly [string, string] {
  const name = clean(displayName) || clean(remoteSegmentId)
  const suffix = ` [${bounded(clean(remoteSegmentId), 64)}]`
  const first = bounded(`${prefix}${name}`, maxListName).trim()
  return [first, bounded(`${prefix}${name}`, maxListName - suffix.length).trim() + suffix]
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
