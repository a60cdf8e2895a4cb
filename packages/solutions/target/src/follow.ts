import { notInDoubt } from '@segue/solution-kit'
import type { FollowReceipt } from '@segue/solution-kit'
import type { CallProfiles, ProfileAnswer } from './profile-client.ts'

/** Ids as Target gives them: `demo-1701473848678-13029383`. */
const batchId = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,119}$/

/**
 * The id in the address by which a batch's status is asked. Only the id is kept: the address may name another host, and calls with our
 * token go where the settings say.
 */
export function batchIdIn(statusUrl: string | undefined): string | undefined {
  const id = URL.parse(statusUrl ?? '')?.searchParams.get('batchId') ?? ''
  return batchId.test(id) ? id : undefined
}

/** What asks about these batches; undefined where one of them cannot be asked about, or they are too many to be kept. */
export function followOf(ids: readonly (string | undefined)[]): string | undefined {
  const known = [...new Set(ids)].filter((id) => id !== undefined)
  const follow = known.toSorted().join(',')
  return known.length === 0 || ids.includes(undefined) || follow.length > 500 ? undefined : follow
}

/**
 * Makes the function that asks Target what became of batches (`reference/solutions.md` §5.2).
 * @param pollAfterMs how long to wait where a batch is not done
 */
export function batchFollower(
  call: CallProfiles,
  pollAfterMs: number,
): (follow: string) => Promise<FollowReceipt> {
  return async (follow) => {
    let answer: FollowReceipt = { status: 'applied' }
    for (const id of follow.split(',')) {
      if (!batchId.test(id)) return followInvalid
      const one = await ask(id)
      // A batch that was lost is sent again, whatever the others come to.
      if (one.status === 'not-applied') return one
      if (rank(one) > rank(answer)) answer = one
    }
    return answer
  }

  async function ask(id: string): Promise<FollowReceipt> {
    const query = { batchId: id, showDetails: 'true' }
    const outcome = await call({ method: 'GET', path: 'profile/batchStatus', query })
    if (outcome.kind === 'answer') {
      const { success, status } = outcome.response
      const refused = success === 'false' && status === undefined
      return refused ? batchUnknown : verdictOf(outcome.response, pollAfterMs)
    }
    if (outcome.kind === 'refused' && outcome.status === 404) return batchUnknown
    const because = notInDoubt(outcome.refusal)
    if (because.status !== 'rejected') return because
    // The question was refused, the batch was not: it is asked again.
    const { code, detail } = because
    const more = detail === undefined ? {} : { detail }
    return { status: 'retry', code, afterMs: pollAfterMs, scope: 'row', inDoubt: false, ...more }
  }
}

const followInvalid: FollowReceipt = {
  status: 'not-applied',
  code: 'FOLLOW_INVALID',
  detail: 'the receipt names no batch of Target',
}
/** How Target says so is not documented: 404, or `success=false` without a status [I]. */
const batchUnknown: FollowReceipt = {
  status: 'not-applied',
  code: 'BATCH_UNKNOWN',
  detail: 'Target knows no such batch any more',
}

/** Reads a batch's status: applied only where every profile of it was updated. */
export function verdictOf(answer: ProfileAnswer, pollAfterMs: number): FollowReceipt {
  const size = count(answer.batchSize)
  const counts = `of ${size} profiles ${count(answer.successfulUpdates)} were updated, ${count(answer.failedUpdates)} failed, ${count(answer.profilesNotFound)} were not found`
  switch (answer.status) {
    case 'incomplete':
      return { status: 'waiting', afterMs: pollAfterMs }
    case 'stuck':
      return { status: 'not-applied', code: 'BATCH_STUCK', detail: counts }
    case 'complete':
      break
    case undefined:
    default:
      return unreadable(pollAfterMs)
  }
  if (count(answer.failedUpdates) > 0) {
    return { status: 'not-applied', code: 'BATCH_UPDATES_FAILED', detail: counts }
  }
  // Target may lose profiles of a batch without failing them.
  const updated = answer.successfulUpdates === undefined ? size : count(answer.successfulUpdates)
  return updated < size
    ? { status: 'not-applied', code: 'BATCH_UPDATES_LOST', detail: counts }
    : { status: 'applied' }
}

function unreadable(afterMs: number): FollowReceipt {
  return { status: 'retry', code: 'ANSWER_UNREADABLE', afterMs, scope: 'row', inDoubt: false }
}

function rank(receipt: FollowReceipt): number {
  return ['applied', 'waiting', 'retry', 'misconfigured', 'not-applied'].indexOf(receipt.status)
}

function count(value: string | undefined): number {
  return Number(value ?? 0)
}
