import { remoteNames } from '@segue/solution-kit'

/** Target's bound for names of audiences (`reference/solutions.md` §5.3), in UTF-16 units [I]. */
const maxLength = 255

/** Names for a segment's audience, best first. */
export function audienceNames(
  prefix: string,
  displayName: string,
  remoteSegmentId: string,
): readonly [string, string] {
  return remoteNames({ prefix, displayName, remoteSegmentId, maxLength })
}
