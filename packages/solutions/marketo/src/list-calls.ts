import { batches, halves } from '@segue/solution-kit'
import type { Receipt } from '@segue/solution-kit'
import type { Answer } from './answer.ts'
import type { CallMarketo, MarketoOutcome } from './marketo-client.ts'
import { outcomeOfCode, readMembers } from './member-results.ts'
import type { LeadOutcome } from './member-results.ts'
import type { MembershipCheck } from './membership-check.ts'
import type { MembershipChange } from './plan.ts'

/** Sends one change. Every lead of it has an outcome in the answer. */
export type ChangeMembers = (change: MembershipChange) => Promise<Map<number, LeadOutcome>>

/** Marketo's bound of leads in a call. */
const maxLeads = 300
/** After calls that Marketo gave up on (604) calls get smaller, down to this. */
const minLeads = 25
/** 8 KB less the room for host, path and version. */
const maxQueryBytes = 7_900

/** Makes the function that adds leads to static lists and removes them (`reference/solutions.md` §6.2). */
export function listCalls(options: {
  readonly call: CallMarketo
  readonly check: MembershipCheck
  readonly nowMs: () => number
}): ChangeMembers {
  const { check } = options
  let leadsPerCall = maxLeads

  return async (change) => {
    const outcomes = new Map<number, LeadOutcome>()
    let stopped: Receipt | undefined
    const cut = batches(change.leadIds, {
      maxCount: leadsPerCall,
      maxBytes: maxQueryBytes,
      bytesOf: (leadId) => `id=${leadId}&`.length,
    })
    for (const leadIds of cut) {
      if (stopped === undefined) {
        const results = await send({ ...change, leadIds })
        for (const [leadId, outcome] of results) outcomes.set(leadId, outcome)
        stopped = pauseOf(results.values())
      } else {
        for (const leadId of leadIds) outcomes.set(leadId, stopped)
      }
    }
    check.note(change.listId, outcomes)
    return outcomes
  }

  async function send(change: MembershipChange): Promise<Map<number, LeadOutcome>> {
    const query = change.leadIds.map((leadId) => `id=${leadId}`).join('&')
    const method = change.status === 'realized' ? 'POST' : 'DELETE'
    const path = `rest/v1/lists/${change.listId}/leads.json`
    const outcome = await options.call({ method, path, query })
    adapt(outcome)
    if (outcome.kind === 'answer') return settled(change, outcome.answer)
    if (outcome.kind === 'too-large') {
      const parts = halves(change.leadIds)
      if (parts !== undefined) {
        const left = await send({ ...change, leadIds: parts[0] })
        return new Map([...left, ...(await send({ ...change, leadIds: parts[1] }))])
      }
    }
    const forAll =
      outcome.kind === 'error'
        ? outcomeOfCode(outcome.code, 'call', change.status, options.nowMs())
        : outcome.refusal
    return new Map(change.leadIds.map((leadId) => [leadId, forAll]))
  }

  /** Reads the answer, and asks the list about those of whom the answer is not enough. */
  async function settled(
    change: MembershipChange,
    answer: Answer,
  ): Promise<Map<number, LeadOutcome>> {
    const outcomes = new Map<number, LeadOutcome>()
    const open: number[] = []
    for (const [leadId, result] of readMembers(change, answer, options.nowMs())) {
      if (result !== 'skipped') outcomes.set(leadId, result)
      if (result === 'skipped' || check.isDue(change, leadId, result)) open.push(leadId)
    }
    if (open.length > 0) {
      const asked = await check.ask({ ...change, leadIds: open }, outcomes)
      for (const [leadId, outcome] of asked) outcomes.set(leadId, outcome)
    }
    return outcomes
  }

  /** 604 asks for smaller calls; they grow back as calls go well. */
  function adapt(outcome: MarketoOutcome): void {
    if (outcome.kind === 'error' && outcome.code === '604') {
      leadsPerCall = Math.max(minLeads, Math.floor(leadsPerCall / 2))
    } else if (outcome.kind === 'answer') {
      leadsPerCall = Math.min(maxLeads, leadsPerCall + minLeads)
    }
  }
}

/** The receipt for everything not sent yet, where what came back waits for the whole solution or for a person; else undefined. */
export function pauseOf(outcomes: Iterable<LeadOutcome>): Receipt | undefined {
  for (const outcome of outcomes) {
    if (outcome === 'lead-not-found') continue
    if (outcome.status === 'misconfigured') return outcome
    if (outcome.status === 'retry' && outcome.scope === 'solution') {
      return { ...outcome, inDoubt: false }
    }
  }
  return undefined
}
