import { Active, Realized } from './codes.ts'
import { membershipOffset, RevisionMs, RevisionSequence, State, type Profile } from './profile.ts'

/** What a solution should know of one membership, and how new that is. */
export interface Desired {
  readonly status: 'realized' | 'exited'
  /** The newest change that solutions had to be told of: of membership, consent, identities or erasure (design §5). */
  readonly revisionMs: number
  readonly revisionSequence: number
}

/**
 * What every solution should know of the profile's membership in a segment, from the profile's present state.
 *
 * @param profile undefined where the store has none: forgotten, so out of everything
 * @param segment index in the partition's dictionary
 */
export function desired(profile: Profile | undefined, segment: number): Desired {
  const offset = profile === undefined ? -1 : membershipOffset(profile, segment)
  if (profile === undefined || offset < 0) {
    return { status: 'exited', revisionMs: 0, revisionSequence: 0 }
  }
  const { condition, memberships } = profile
  return {
    status:
      condition === Active && memberships[offset + State] === Realized ? 'realized' : 'exited',
    revisionMs: memberships[offset + RevisionMs]!,
    revisionSequence: memberships[offset + RevisionSequence]!,
  }
}
