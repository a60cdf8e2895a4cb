import { failed, refusal, retryRow } from '@segue/solution-kit'
import type { Receipt, Refusal } from '@segue/solution-kit'
import { memberShape } from './answer.ts'
import type { Answer, MemberResult } from './answer.ts'
import { codeEntry, refusalOfCode } from './codes.ts'
import type { MembershipChange } from './plan.ts'

/** What came of one lead: its receipt, or that Marketo knows no lead of that id. */
export type LeadOutcome = Receipt | 'lead-not-found'

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

/**
 * Reads `memberof` and `notmemberof`: delivered where the list is as the change wants it.
 * @param answered what the write itself answered, of those leads that it did not skip
 */
export function readIsMember(
  change: MembershipChange,
  answered: ReadonlyMap<number, LeadOutcome>,
  answer: Answer,
  nowMs: number,
): Map<number, LeadOutcome> {
  const [wanted, other] =
    change.status === 'realized' ? ['memberof', 'notmemberof'] : ['notmemberof', 'memberof']
  return byIndex(change, answer, (result, leadId): LeadOutcome => {
    const known = answered.get(leadId)
    if (result.status === wanted) return known ?? { status: 'delivered', applied: true }
    if (result.status === other && known !== undefined) return notAsAnswered
    const code = result.reasons?.[0]?.code ?? '1037'
    return outcomeOfCode(code, 'record', change.status, nowMs)
  })
}

const notAsAnswered = refusal(
  'NOT_AS_ANSWERED',
  retryRow(5_000, true),
  'Marketo took the change, and its list says otherwise',
)

function byIndex<Outcome extends LeadOutcome | 'skipped'>(
  change: MembershipChange,
  answer: Answer,
  read: (result: MemberResult, leadId: number) => Outcome,
): Map<number, Outcome | Refusal> {
  const outcomes = new Map<number, Outcome | Refusal>()
  for (const [index, leadId] of change.leadIds.entries()) {
    const result = memberShape.safeParse(answer.result?.[index])
    const believed = result.success && (result.data.id ?? leadId) === leadId
    outcomes.set(leadId, believed ? read(result.data, leadId) : unreadable)
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
