import { remoteNames } from '@segue/solution-kit'

/** The longest name given to a static list, in UTF-16 units. Marketo documents no bound; its text fields hold 255 (interpretation). */
const maxLength = 255

/** Names for a segment's static list, best first: names are unique in an instance. */
export function listNames(
  prefix: string,
  displayName: string,
  remoteSegmentId: string,
): readonly [string, string] {
  return remoteNames({ prefix, displayName, remoteSegmentId, maxLength })
}
