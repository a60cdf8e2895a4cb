import { desired, type Profile } from '@segue/profile'
import { namespaceOf } from '@segue/model'
import {
  erasedKey,
  unknownRecord,
  type LedgerEntry,
  type LedgerRecord,
  type OutboxRow,
} from '@segue/runtime'

/** What a delivery must know beside the row, the profile and the ledger. */
export interface DecisionContext {
  readonly nowMs: number
  /** A membership that keeps changing is held back at most this long (design §6, invariant 6). */
  readonly holdMs: number
  /** Identity namespaces that the solution takes. */
  readonly namespaces: readonly string[]
  /** Only the profile key goes out, as the dataflow's setting says; else every identity that the solution takes. */
  readonly primaryIdentityOnly: boolean
  /** Whether a segment (dictionary index) is activated for the solution now. */
  readonly activated: (segment: number) => boolean
  /** Of the segment's counterpart; undefined where it is not known, and then any record counts as being about it. */
  readonly generation: number | undefined
  /** A doubt about any segment of the profile that is activated is one about all: the solution takes its full state. */
  readonly fullState: boolean
  /** The membership is to be told again, though nothing of it changed. */
  readonly again: boolean
}

/** What is to happen with one row. */
export type Decision =
  /** The solution knows it, or a newer row says more. `record`: to be kept in the ledger, where it differs. */
  | { readonly kind: 'coalesced'; readonly record: LedgerRecord }
  | { readonly kind: 'excluded'; readonly code: string }
  | {
      readonly kind: 'send'
      readonly status: 'realized' | 'exited'
      readonly identities: readonly string[]
      /** The ledger's record, once the solution has it; receipt and `effect` are filled in then. */
      readonly record: LedgerRecord
    }

/**
 * Decides on a row by the profile's present state and by what the solution was told (design §8).
 *
 * @param profile as it is under the claim; undefined where it is forgotten
 * @param entry the ledger's entry as it was before the claim
 */
export function decide(
  row: OutboxRow,
  profile: Profile | undefined,
  entry: LedgerEntry,
  context: DecisionContext,
): Decision {
  if (row.profileKey === erasedKey) return { kind: 'excluded', code: 'PROFILE_ERASED' }
  if (!context.activated(row.segment)) return { kind: 'excluded', code: 'SEGMENT_NOT_ACTIVATED' }
  const now = desired(profile, row.segment)
  const known = entry.records.get(row.segment) ?? unknownRecord
  // What an earlier counterpart was told may or may not be true of this one.
  const stale =
    known.status !== 'none' &&
    context.generation !== undefined &&
    context.generation !== known.generation
  const superseded =
    now.revisionMs > row.revisionMs ||
    (now.revisionMs === row.revisionMs && now.revisionSequence > row.revisionSequence)
  const doubtful = stale || isInDoubt(row.segment, entry, context)
  if (superseded && context.again) {
    // A row of its own brings what changed. None comes of a change while the segment was not activated, nor of an exit of what was
    // never known to be in: the solution may have been told so all the same, by a worker whose store lost that.
    const hasOwnRow = !stale && !(doubtful && known.status === 'none')
    if (hasOwnRow) return { kind: 'coalesced', record: known }
  } else if (superseded) {
    const heldSinceMs = known.heldSinceMs === 0 ? row.revisionMs : known.heldSinceMs
    if (context.nowMs - heldSinceMs < context.holdMs) {
      return { kind: 'coalesced', record: { ...known, heldSinceMs } }
    }
  }

  const identities = identitiesOf(row.profileKey, profile, now.status, known, doubtful, context)
  if (identities.length === 0) return { kind: 'excluded', code: 'NO_IDENTITY' }

  const revision = laterOf(now, row)
  const toldAgain = context.again && known.status !== 'none'
  if (isTold(now.status, identities, known, context) && !doubtful && !toldAgain) {
    // What the solution was told holds for this revision too: no row of its own will come for it, should that be lost there.
    const holdsFor = known.status === 'none' ? {} : revision
    return { kind: 'coalesced', record: { ...known, ...holdsFor, heldSinceMs: 0 } }
  }
  return {
    kind: 'send',
    status: now.status,
    identities,
    record: {
      ...known,
      status: now.status,
      identityCount: identityCount(identities, known, stale, context),
      generation: context.generation ?? known.generation,
      ...revision,
      heldSinceMs: 0,
    },
  }
}

/**
 * Whether the solution may hold something else of the membership than the ledger says. What is not activated is no part of a full
 * state: a doubt about it stays until it is activated again, and is no reason to tell the others meanwhile.
 */
export function isInDoubt(
  segment: number,
  { doubts }: LedgerEntry,
  { fullState, activated }: Pick<DecisionContext, 'fullState' | 'activated'>,
): boolean {
  return fullState ? [...doubts].some(activated) : doubts.has(segment)
}

interface Revision {
  readonly revisionMs: number
  readonly revisionSequence: number
}

function laterOf(now: Revision, row: Revision): Revision {
  const { revisionMs, revisionSequence } = now.revisionMs >= row.revisionMs ? now : row
  return { revisionMs, revisionSequence }
}

/**
 * The identities that a membership goes out for. By the setting `primaryIdentityOnly` that is the profile key alone; but an
 * exit goes to all that the solution may have been told of before the setting was on, or they would stay in for good.
 */
export function identitiesOf(
  profileKey: string,
  profile: Profile | undefined,
  status: 'realized' | 'exited',
  known: LedgerRecord,
  doubtful: boolean,
  { namespaces, primaryIdentityOnly }: Pick<DecisionContext, 'namespaces' | 'primaryIdentityOnly'>,
): readonly string[] {
  const taken = (profile?.identities ?? [profileKey]).filter((identity) =>
    namespaces.includes(namespaceOf(identity)),
  )
  if (!primaryIdentityOnly) return taken
  const primary = taken.filter((identity) => identity === profileKey)
  const toldMore = known.status === 'realized' && known.identityCount > primary.length
  return status === 'exited' && (toldMore || doubtful) ? taken : primary
}

/** Whether the solution was told of this status, for these identities. */
export function isTold(
  status: 'realized' | 'exited',
  identities: readonly string[],
  known: LedgerRecord,
  { primaryIdentityOnly }: Pick<DecisionContext, 'primaryIdentityOnly'>,
): boolean {
  if (status === 'exited') return known.status !== 'realized'
  if (known.status !== 'realized') return false
  return primaryIdentityOnly
    ? known.identityCount >= identities.length
    : known.identityCount === identities.length
}

/** For how many identities the solution holds the membership: those from before `primaryIdentityOnly` stay until the exit. */
function identityCount(
  identities: readonly string[],
  known: LedgerRecord,
  stale: boolean,
  { primaryIdentityOnly }: DecisionContext,
): number {
  const holdsMore = primaryIdentityOnly && known.status === 'realized' && !stale
  return holdsMore ? Math.max(known.identityCount, identities.length) : identities.length
}
