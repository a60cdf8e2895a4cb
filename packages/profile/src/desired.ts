import { Active, Realized } from './codes.ts'
import { membershipOffset, RevisionMs, RevisionSequence, State, type Profile } from './profile.ts'

/** What a solution should know of one membership, and how new that is. */
export interface Desired {
  readonly status: 'realized' | 'exited'
  /** The newest among the revisions of membership, consent, identities and erasure (design §5). */
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
  if (profile === undefined) return { status: 'exited', revisionMs: 0, revisionSequence: 0 }
  const { condition, memberships, revisionMs, revisionSequence } = profile
  const offset = membershipOffset(profile, segment)
  if (offset < 0) return { status: 'exited', revisionMs, revisionSequence }
  const status =
    condition === Active && memberships[offset + State] === Realized ? 'realized' : 'exited'
  const membershipMs = memberships[offset + RevisionMs]!
  const membershipSequence = memberships[offset + RevisionSequence]!
  const newer =
    membershipMs > revisionMs ||
    (membershipMs === revisionMs && membershipSequence > revisionSequence)
  return newer
    ? { status, revisionMs: membershipMs, revisionSequence: membershipSequence }
    : { status, revisionMs, revisionSequence }
}
