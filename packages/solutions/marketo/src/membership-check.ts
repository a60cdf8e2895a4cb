import { LRUCache } from 'lru-cache'
import type { CallMarketo } from './marketo-client.ts'
import { readIsMember } from './member-results.ts'
import type { LeadOutcome } from './member-results.ts'
import { leadInList } from './plan.ts'
import type { MembershipChange } from './plan.ts'

/**
 * When a list is asked whether it is as an answered write says: never beyond what the answer leaves open, after a write that follows one
 * in doubt, or always.
 */
export type Verify = 'none' | 'doubtful' | 'all'

/** Asks lists who is in them (`ismember.json`, `reference/solutions.md` §6.2). */
export interface MembershipCheck {
  /** Whether the list is to be asked about this lead although the write was answered. */
  readonly isDue: (change: MembershipChange, leadId: number, outcome: LeadOutcome) => boolean
  /**
   * Asks about at most 300 leads: delivered where the list is as the change wants it.
   * @param answered what the write itself answered, of those leads that it did not skip
   */
  readonly ask: (
    change: MembershipChange,
    answered: ReadonlyMap<number, LeadOutcome>,
  ) => Promise<Map<number, LeadOutcome>>
  /** Remembers whose write is in doubt, and forgets whose is not any more. */
  readonly note: (listId: string, outcomes: ReadonlyMap<number, LeadOutcome>) => void
}

const doubtsKept = 100_000
/** Longer than a gateway holds a call that nobody waits for any more. */
const doubtMs = 15 * 60_000

/**
 * Makes the check. A write in doubt is repeated and not asked about first: the repeat does no harm and is one call either way, while asking is a
 * call that saves none where the write did arrive and costs one where it did not. What a repeat cannot see is the first write arriving
 * late and undoing it; that is what asking after it is for.
 */
export function membershipCheck(options: {
  readonly call: CallMarketo
  readonly verify: Verify
  readonly nowMs: () => number
}): MembershipCheck {
  const { call, verify, nowMs } = options
  const doubts = new LRUCache<string, true>({
    max: doubtsKept,
    ttl: doubtMs,
    perf: { now: nowMs },
    ttlResolution: 0,
  })

  function isDue(change: MembershipChange, leadId: number, outcome: LeadOutcome): boolean {
    if (outcome === 'lead-not-found' || outcome.status !== 'delivered') return false
    if (verify === 'doubtful') return doubts.has(leadInList(change.listId, leadId))
    return verify === 'all'
  }

  async function ask(
    change: MembershipChange,
    answered: ReadonlyMap<number, LeadOutcome>,
  ): Promise<Map<number, LeadOutcome>> {
    const query = change.leadIds.map((leadId) => `id=${leadId}`).join('&')
    const path = `rest/v1/lists/${change.listId}/leads/ismember.json`
    const outcome = await call({ method: 'GET', path, query })
    if (outcome.kind === 'answer') return readIsMember(change, answered, outcome.answer, nowMs())
    return new Map(change.leadIds.map((leadId) => [leadId, outcome.refusal]))
  }

  function note(listId: string, outcomes: ReadonlyMap<number, LeadOutcome>): void {
    for (const [leadId, outcome] of outcomes) {
      const key = leadInList(listId, leadId)
      const doubtful = outcome !== 'lead-not-found' && outcome.status === 'retry' && outcome.inDoubt
      if (doubtful) doubts.set(key, true)
      else if (outcome === 'lead-not-found' || outcome.status === 'delivered') doubts.delete(key)
    }
  }

  return { isDue, ask, note }
}
