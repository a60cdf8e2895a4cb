import { hash } from 'node:crypto'
import { remoteSegmentId } from '@segue/solution-kit'
import type { Segment } from '@segue/model'

/** Longest part of a key that is a segment's id; Advertising documents no bound (proposed). */
const maxIdLength = 100
const hashLength = 16

/**
 * The External Segment Key of a segment, `<source key>_<segment id>` as the published recipe has it (`reference/solutions.md` §3.2, §3.3): what
 * lines and mapping rows name it by, and this adapter's remote id. An id of letters, digits and dashes stays as it is; in any other, the rest becomes dashes and a
 * hash of the whole id follows after an underscore, so that two segments never share a key.
 */
export function externalSegmentKey(sourceKey: string, segment: Segment): string {
  const id = remoteSegmentId(segment)
  if (/^[A-Za-z0-9-]+$/.test(id) && id.length <= maxIdLength) return `${sourceKey}_${id}`
  const readable = id.replaceAll(/[^A-Za-z0-9-]+/g, '-').slice(0, maxIdLength - hashLength - 1)
  return `${sourceKey}_${readable}_${hash('sha256', id, 'hex').slice(0, hashLength)}`
}

/** What a row's remote id is: of this source, of another one (the setting was changed since), or no External Segment Key. */
export function remoteIdKind(
  remoteId: string,
  sourceKey: string,
): 'ours' | 'other-source' | 'invalid' {
  if (!/^[A-Za-z0-9_-]{3,165}$/.test(remoteId) || !remoteId.includes('_')) return 'invalid'
  return remoteId.startsWith(`${sourceKey}_`) ? 'ours' : 'other-source'
}
