import { desired, Segment, stride, type Desired, type Profile } from '@segue/profile'
import {
  recordsPerBatchLimit,
  unknownRecord,
  type BackfillOrder,
  type LedgerEntry,
  type OutboxRow,
} from '@segue/runtime'
import { revisionAt, type Revision } from '../deliver/revision-at.ts'
import { identitiesOf, isInDoubt, isTold, type DecisionContext } from '../deliver/decide.ts'

/** What a comparison goes by. */
export interface ComparisonContext extends Pick<
  DecisionContext,
  'namespaces' | 'primaryIdentityOnly' | 'fullState' | 'activated'
> {
  /** Which side is read: profiles for who is in and not known to be, the ledger for who was told of. */
  readonly phase: 'profiles' | 'ledger'
  readonly reach: BackfillOrder['reach']
  /** See `BackfillOrder.newFromMs`. */
  readonly newFromMs: number
  /** Dictionary indices of the order's segments. */
  readonly segments: ReadonlySet<number>
  /** The offset that the partition had when the order reached it: what is newer is the stream's to send. */
  readonly since: string
  /** Generation of a segment's counterpart; undefined where there never was one. */
  readonly generation: (segment: number) => number | undefined
  /** The solution's place among the dataflow's. */
  readonly bit: number
}

/**
 * Rows for the memberships of a profile of which the solution knows something else than what is true.
 *
 * A membership that changed after `since` is left alone: its own row is on its way, and its delay may not be over.
 *
 * @param profile undefined where the store has none
 * @param entry what the solution was told of it
 */
export function differences(
  profileKey: string,
  profile: Profile | undefined,
  entry: LedgerEntry,
  context: ComparisonContext,
): OutboxRow[] {
  const rows: OutboxRow[] = []
  for (const segment of concerned(profile, entry, context)) {
    const now = desired(profile, segment)
    if (isAfter(now, context.since)) continue
    if (!differs(profileKey, profile, entry, segment, now, context)) continue
    const known = entry.records.get(segment) ?? unknownRecord
    const { revisionMs, revisionSequence } = [now, known].find(isDated) ?? revisionAt(context.since)
    rows.push({
      profileKey,
      segment,
      revisionMs,
      revisionSequence,
      solutions: 1 << context.bit,
      realized: now.status === 'realized',
    })
  }
  return rows
}

/** The order's segments that this side of the comparison knows of. */
function concerned(
  profile: Profile | undefined,
  { records, doubts }: LedgerEntry,
  { phase, segments }: ComparisonContext,
): ReadonlySet<number> {
  const found = new Set<number>()
  const note = (segment: number): void => {
    if (segments.has(segment)) found.add(segment)
  }
  if (phase === 'profiles') {
    const memberships = profile?.memberships ?? []
    for (let at = 0; at < memberships.length; at += stride) note(memberships[at + Segment]!)
  } else {
    for (const [segment, { status }] of records) if (status !== 'none') note(segment)
    for (const segment of doubts) note(segment)
  }
  return found
}

function differs(
  profileKey: string,
  profile: Profile | undefined,
  entry: LedgerEntry,
  segment: number,
  { status, revisionMs }: Desired,
  context: ComparisonContext,
): boolean {
  const { records, doubts } = entry
  const known = records.get(segment) ?? unknownRecord
  if (status === 'exited') {
    return context.phase === 'ledger' && (known.status === 'realized' || doubts.has(segment))
  }
  // Who is in is found among the profiles; the ledger is read for that only where it alone is to be looked at.
  if (context.phase === 'ledger' && context.reach === 'members') return false
  const isNew = known.status === 'none' && !doubts.has(segment)
  if (isNew && revisionMs < context.newFromMs) return false
  const generation = context.generation(segment)
  const stale = generation !== undefined && known.generation !== generation
  const doubtful = stale || isInDoubt(segment, entry, context)
  const identities = identitiesOf(profileKey, profile, status, known, doubtful, context)
  return doubtful || !isTold(status, identities, known, context)
}

/** Of what the store has forgotten, or never knew, there is no revision. */
function isDated({ revisionMs }: Revision): boolean {
  return revisionMs > 0
}

/** Whether a change is of an entry behind the offset. */
function isAfter({ revisionMs, revisionSequence }: Desired, offset: string): boolean {
  const [offsetMs, offsetSequence] = offset.split('-').map(Number)
  if (revisionMs !== offsetMs) return revisionMs > (offsetMs ?? 0)
  return Math.floor(revisionSequence / recordsPerBatchLimit) > (offsetSequence ?? 0)
}
