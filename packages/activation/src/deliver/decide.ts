import { desired, type Profile } from '@segue/profile'
import { namespaceOf } from '@segue/model'
import { unknownRecord, type LedgerEntry, type LedgerRecord, type OutboxRow } from '@segue/runtime'

/** What a delivery must know beside the row, the profile and the ledger. */
export interface DecisionContext {
  readonly nowMs: number
  /** A membership that keeps changing is held back at most this long (design §6, invariant 6). */
  readonly holdMs: number
  /** Identity namespaces that the solution takes. */
  readonly namespaces: readonly string[]
  /** Whether the row's segment is activated for the solution now. */
  readonly activated: boolean
  /** Of the segment's counterpart; undefined where it is not known, and then any record counts as being about it. */
  readonly generation: number | undefined
  /** A doubt about any segment of the profile is one about all: the solution takes its full state. */
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
  if (!context.activated) return { kind: 'excluded', code: 'SEGMENT_NOT_ACTIVATED' }
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
  if (superseded && context.again) {
    // A row of its own brings what changed; only a change while the segment was not activated has none.
    if (!stale) return { kind: 'coalesced', record: known }
  } else if (superseded) {
    const heldSinceMs = known.heldSinceMs === 0 ? row.revisionMs : known.heldSinceMs
    if (context.nowMs - heldSinceMs < context.holdMs) {
      return { kind: 'coalesced', record: { ...known, heldSinceMs } }
    }
  }

  const identities = (profile?.identities ?? [row.profileKey]).filter((identity) =>
    context.namespaces.includes(namespaceOf(identity)),
  )
  if (identities.length === 0) return { kind: 'excluded', code: 'NO_IDENTITY' }

  const knownStatus = known.status === 'realized' ? 'realized' : 'exited'
  const told =
    knownStatus === now.status &&
    (now.status === 'exited' || known.identityCount === identities.length)
  const doubtful =
    stale || (context.fullState ? entry.doubts.size > 0 : entry.doubts.has(row.segment))
  const toldAgain = context.again && known.status !== 'none'
  if (told && !doubtful && !toldAgain) {
    return { kind: 'coalesced', record: { ...known, heldSinceMs: 0 } }
  }
  return {
    kind: 'send',
    status: now.status,
    identities,
    record: {
      ...known,
      status: now.status,
      identityCount: identities.length,
      generation: context.generation ?? known.generation,
      revisionMs: Math.max(now.revisionMs, row.revisionMs),
      revisionSequence:
        now.revisionMs >= row.revisionMs ? now.revisionSequence : row.revisionSequence,
      heldSinceMs: 0,
    },
  }
}
