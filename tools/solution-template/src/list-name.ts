import { remoteName } from '@segue/solution-kit'
import { maxListName } from './example-api.ts'

/** The name of a segment's list, as the kit makes it. Lists may share a name, so it need not be unique; where they may not, take `remoteNames`. */
export function listName(prefix: string, displayName: string, remoteSegmentId: string): string {
  return remoteName({ prefix, displayName, remoteSegmentId, maxLength: maxListName })
}
