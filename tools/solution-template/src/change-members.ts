import { readJson, refusal, retryRow } from '@segue/solution-kit'
import type { Receipt } from '@segue/solution-kit'
import type { CallApi } from './api-client.ts'
import { listUnknown, personUnknown, refusalOfResult } from './codes.ts'
import { resultsShape } from './example-api.ts'
import type { ListChange } from './plan.ts'

/** The list is changed before the API answers, so its answer is proof. */
const done: Receipt = { status: 'delivered', applied: true }
const unreadable: Receipt = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** Makes one call that adds or removes people. Answers one receipt a person, in order. */
export async function changeMembers(
  call: CallApi,
  { listId, status, people }: ListChange,
): Promise<readonly Receipt[]> {
  const verb = status === 'realized' ? 'add' : 'remove'
  const path = `/v1/lists/${listId}/members/${verb}`
  const outcome = await call({ method: 'POST', path, body: { people } })
  if (outcome.kind === 'refused') {
    const nothingLeft = status === 'exited' && outcome.apiCode === listUnknown
    return people.map(() => (nothingLeft ? done : outcome.refusal))
  }
  const answer = readJson(resultsShape, outcome.response.body)
  if (answer?.results.length !== people.length) return people.map(() => unreadable)
  return answer.results.map((result) => {
    // Whom the API does not know is in no list: that is what a removal asked for.
    const removed = status === 'exited' && result === personUnknown
    return result === 'OK' || removed ? done : refusalOfResult(result)
  })
}
