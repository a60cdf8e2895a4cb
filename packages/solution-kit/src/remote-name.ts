import { hash } from 'node:crypto'

/** What the name of a segment's list, audience or service is made of. */
export interface RemoteNameParts {
  /** As people gave it: any text. */
  readonly displayName: string
  /** Stands in for a name of nothing but blanks. */
  readonly remoteSegmentId: string
  /** In front of the name. */
  readonly prefix?: string
  /** The longest name that the solution takes, in UTF-16 units; at least 128 where two names are wanted. */
  readonly maxLength: number
}

/** The name by which people know the segment's counterpart: one line, without control characters, cut between two characters; not unique. */
export function remoteName({
  displayName,
  remoteSegmentId,
  prefix = '',
  maxLength,
}: RemoteNameParts): string {
  return bounded(`${prefix}${oneLine(displayName) || oneLine(remoteSegmentId)}`, maxLength)
}

/**
 * Names for where each may be given once, best first: people choose segment names, so the second one carries the segment's remote id, for when
 * something else has the first.
 */
export function remoteNames(parts: RemoteNameParts): readonly [string, string] {
  const suffix = ` [${shortId(oneLine(parts.remoteSegmentId))}]`
  const maxLength = parts.maxLength - suffix.length
  return [remoteName(parts), remoteName({ ...parts, maxLength }) + suffix]
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

/** Cuts without splitting a character: no half of a surrogate pair is left. */
function bounded(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength)
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)).trim()
}

/** An id that would leave no room for the name goes as its hash: two segments never share a second name. */
function shortId(id: string): string {
  return id.length <= 64 ? id : hash('sha256', id, 'hex')
}
