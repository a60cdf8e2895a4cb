import { remoteObjects } from '@segue/solution-kit'
import type { RemoteObject } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { attributeName } from './attribute-name.ts'
import type { Audience } from './audience-list.ts'

/** What stands for a segment in Target: its audience, and the attribute of profiles that the audience tests. */
export function audienceObjects(
  segment: Segment,
  { id, name, workspace }: Audience,
): readonly RemoteObject[] {
  const attribute = attributeName(segment)
  return remoteObjects([
    {
      kind: 'audience',
      name: name ?? '',
      id,
      in: { workspace: workspace ?? undefined },
      has: { rule: `profile attribute ${attribute} equals realized` },
    },
    {
      kind: 'profile attribute',
      name: attribute,
      has: { members: 'realized', 'everybody else': 'exited, or no value' },
    },
  ])
}
