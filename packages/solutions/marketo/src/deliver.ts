import { excluded, failed, refusal, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { isListId } from './list-id.ts'
import type { LeadLookup, Resolution } from './lead-lookup.ts'
import { pauseOf } from './list-calls.ts'
import type { ChangeMembers } from './list-calls.ts'
import type { LeadOutcome } from './member-results.ts'
import { leadInList, planChanges } from './plan.ts'
import type { ResolvedRow } from './plan.ts'

const done: Receipt = { status: 'delivered', applied: true }
const unknownLead: Receipt = refusal('LEAD_NOT_FOUND', excluded, 'Marketo knows no such person')

/** What one delivery has learned so far. */
interface Progress {
  /** Every resolution an identity has had: a second one where the lead of the first was gone. */
  readonly resolutions: Map<Identity, readonly Resolution[]>
  /** By list and lead. */
  readonly outcomes: Map<string, LeadOutcome>
  /** Leads that Marketo does not know any more. */
  readonly gone: Set<number>
  /** The receipt of everything that is not sent any more. */
  paused: Receipt | undefined
}

/**
 * Delivers rows: finds the leads of their identities, changes the lists, and answers one receipt a row, in order.
 * A row is done when every lead of its person is. Where Marketo knows no lead of a remembered id (merged or deleted since, 1004), the
 * identity is looked up again, once: on a removal too, because a merged lead keeps its lists under the other id.
 */
export async function deliverRows(
  rows: readonly Delivery[],
  lookup: LeadLookup,
  change: ChangeMembers,
): Promise<readonly Receipt[]> {
  const progress: Progress = {
    resolutions: new Map(),
    outcomes: new Map(),
    gone: new Set(),
    paused: undefined,
  }
  await resolve(new Set(rows.flatMap((row) => row.identities)))
  await send()
  const stale = staleIdentities(progress)
  if (stale.length > 0) {
    lookup.forget(stale)
    await resolve(stale)
    await send()
    lookup.forget(staleIdentities(progress))
  }
  return rows.map((row) => receiptOf(row, progress))

  async function resolve(identities: Iterable<Identity>): Promise<void> {
    const found = await lookup.resolve(identities)
    for (const [identity, resolution] of found) {
      const earlier = progress.resolutions.get(identity) ?? []
      progress.resolutions.set(identity, [...earlier, resolution])
      if (resolution.kind === 'refused') progress.paused ??= pauseOf([resolution.refusal])
    }
  }

  /** Sends what has no outcome yet. */
  async function send(): Promise<void> {
    for (const one of planChanges(rows.flatMap((row) => open(row, progress)))) {
      if (progress.paused !== undefined) return
      const outcomes = await change(one)
      for (const [leadId, outcome] of outcomes) {
        progress.outcomes.set(leadInList(one.listId, leadId), outcome)
        if (outcome === 'lead-not-found') progress.gone.add(leadId)
      }
      progress.paused = pauseOf(outcomes.values())
    }
  }
}

/** The part of a row that can be sent: nothing while one of its identities could not be looked up. */
function open(row: Delivery, progress: Progress): readonly ResolvedRow[] {
  const found = resolutionsOf(row, progress)
  if (!isListId(row.remoteId) || found.some((one) => one.kind === 'refused')) return []
  const leadIds = leadIdsOf(found).filter(
    (leadId) => !progress.outcomes.has(leadInList(row.remoteId, leadId)),
  )
  return leadIds.length === 0 ? [] : [{ row, leadIds }]
}

function receiptOf(row: Delivery, progress: Progress): Receipt {
  if (!isListId(row.remoteId)) {
    return refusal('REMOTE_ID_INVALID', failed, 'the row’s remote id is not a list id')
  }
  const found = resolutionsOf(row, progress)
  const parts: Receipt[] = found.flatMap((one) => (one.kind === 'refused' ? [one.refusal] : []))
  let vanished = false
  for (const leadId of leadIdsOf(found)) {
    const outcome = progress.outcomes.get(leadInList(row.remoteId, leadId)) ?? progress.paused
    if (outcome === 'lead-not-found') vanished = true
    else if (outcome !== undefined) parts.push(outcome)
  }
  const [first, ...others] = parts
  if (first !== undefined) return worstReceipt([first, ...others])
  // A person whose lead is gone is in no list: that is what a removal asked for.
  return vanished && row.status === 'exited' ? done : unknownLead
}

/** Identities whose latest lead is gone. */
function staleIdentities(progress: Progress): readonly Identity[] {
  const stale: Identity[] = []
  for (const [identity, resolutions] of progress.resolutions) {
    const latest = resolutions.at(-1)
    if (latest?.kind === 'lead' && progress.gone.has(latest.leadId)) stale.push(identity)
  }
  return stale
}

function resolutionsOf(row: Delivery, progress: Progress): readonly Resolution[] {
  return row.identities.flatMap((identity) => progress.resolutions.get(identity) ?? [])
}

function leadIdsOf(found: readonly Resolution[]): readonly number[] {
  return [...new Set(found.flatMap((one) => (one.kind === 'lead' ? [one.leadId] : [])))]
}
