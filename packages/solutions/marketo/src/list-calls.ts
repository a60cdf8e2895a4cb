import { batches, failed, halves, refusal, retryRow } from '@segue/solution-kit'
import type { Receipt, Refusal } from '@segue/solution-kit'
import { memberShape } from './answer.ts'
import type { Answer, MemberResult } from './answer.ts'
import { codeEntry, refusalOfCode } from './codes.ts'
import type { CallMarketo, MarketoOutcome } from './marketo-client.ts'
import type { MembershipChange } from './plan.ts'

/** What came of one lead: its receipt, or that Marketo knows no lead of that id. */
export type LeadOutcome = Receipt | 'lead-not-found'

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
  readonly nowMs: () => number
}): ChangeMembers {
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

  /** Reads the answer, and asks about the leads that were skipped without saying why. */
  async function settled(
    change: MembershipChange,
    answer: Answer,
  ): Promise<Map<number, LeadOutcome>> {
    const results = readMembers(change, answer, options.nowMs())
    const outcomes = new Map<number, LeadOutcome>()
    const skipped: number[] = []
    for (const [leadId, result] of results) {
      if (result === 'skipped') skipped.push(leadId)
      else outcomes.set(leadId, result)
    }
    if (skipped.length > 0) {
      for (const [leadId, outcome] of await verify({ ...change, leadIds: skipped })) {
        outcomes.set(leadId, outcome)
      }
    }
    return outcomes
  }

  /** Asks the list itself whether it is as the change wants it (`ismember.json`). */
  async function verify(change: MembershipChange): Promise<Map<number, LeadOutcome>> {
    const query = change.leadIds.map((leadId) => `id=${leadId}`).join('&')
    const path = `rest/v1/lists/${change.listId}/leads/ismember.json`
    const outcome = await options.call({ method: 'GET', path, query })
    if (outcome.kind === 'answer') return readIsMember(change, outcome.answer, options.nowMs())
    return new Map(change.leadIds.map((leadId) => [leadId, outcome.refusal]))
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

/**
 * Walks the results by index: `success: true` may hold skips, and Marketo answers in the order of the call.
 * A result that names another lead than its place says is not believed.
 */
export function readMembers(
  change: MembershipChange,
  answer: Answer,
  nowMs: number,
): Map<number, LeadOutcome | 'skipped'> {
  const requestId = answer.requestId === undefined ? {} : { requestId: answer.requestId }
  const done: Receipt = { status: 'delivered', applied: true, ...requestId }
  const expected = change.status === 'realized' ? 'added' : 'removed'
  return byIndex(change, answer, (result): LeadOutcome | 'skipped' => {
    if (result.status === expected) return done
    if (result.status !== 'skipped') {
      return refusal('ANSWER_UNREADABLE', failed, 'another status than was asked for')
    }
    // A repeat may be skipped: that it is already so is the likely reason, but not the only one.
    const code = result.reasons?.[0]?.code
    if (code === undefined || codeEntry(code, 'record').class.kind === 'skipped') return 'skipped'
    const outcome = outcomeOfCode(code, 'record', change.status, nowMs)
    return outcome !== 'lead-not-found' && outcome.status === 'delivered' ? done : outcome
  })
}

/** Reads `memberof` and `notmemberof`: delivered where the list is as the change wants it. */
function readIsMember(
  change: MembershipChange,
  answer: Answer,
  nowMs: number,
): Map<number, LeadOutcome> {
  const wanted = change.status === 'realized' ? 'memberof' : 'notmemberof'
  return byIndex(change, answer, (result): LeadOutcome => {
    if (result.status === wanted) return { status: 'delivered', applied: true }
    const code = result.reasons?.[0]?.code ?? '1037'
    return outcomeOfCode(code, 'record', change.status, nowMs)
  })
}

function byIndex<Outcome extends LeadOutcome | 'skipped'>(
  change: MembershipChange,
  answer: Answer,
  read: (result: MemberResult) => Outcome,
): Map<number, Outcome | Refusal> {
  const outcomes = new Map<number, Outcome | Refusal>()
  for (const [index, leadId] of change.leadIds.entries()) {
    const result = memberShape.safeParse(answer.result?.[index])
    const believed = result.success && (result.data.id ?? leadId) === leadId
    outcomes.set(leadId, believed ? read(result.data) : unreadable)
  }
  return outcomes
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** What a code means for an add or a removal; 1015 and 1013 are success on a removal, 1017 on an add. */
export function outcomeOfCode(
  marketoCode: string,
  level: 'call' | 'record',
  status: MembershipChange['status'],
  nowMs: number,
): LeadOutcome {
  const done: Receipt = { status: 'delivered', applied: true }
  const { kind } = codeEntry(marketoCode, level).class
  if (kind === 'lead-not-found') return kind
  const asWanted =
    status === 'exited' ? kind === 'not-in-list' || kind === 'list-not-found' : kind === 'exists'
  return asWanted ? done : refusalOfCode(marketoCode, level, nowMs)
}
