import { halves } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { batchFile, cutFiles } from './batch-file.ts'
import type { FileLimits } from './batch-file.ts'
import { refusalOfCode } from './codes.ts'
import { batchIdIn } from './follow.ts'
import { pauseOf } from './pause.ts'
import type { CallProfiles } from './profile-client.ts'
import type { ProfileState } from './profile-state.ts'

/** What came of a state: it is in a batch that Target accepted (with its id, where that could be read), or not. */
export type BulkOutcome =
  | { readonly status: 'accepted'; readonly batchId: string | undefined }
  | Refusal

/** Sends states in batch files. Every state has an outcome in the answer. */
export type SendBulk = (
  states: readonly ProfileState[],
) => Promise<ReadonlyMap<ProfileState, BulkOutcome>>

/** Makes the function that sends states by the Bulk Profile Update API, version 2 (`reference/solutions.md` §5.2). */
export function bulkUpdates(options: {
  readonly call: CallProfiles
  readonly limits: FileLimits
  readonly nowMs: () => number
}): SendBulk {
  return async (states) => {
    const outcomes = new Map<ProfileState, BulkOutcome>()
    const files: (readonly ProfileState[])[] = cutFiles(states, options.limits)
    let paused: Refusal | undefined
    // One after the other, and what is cut in two takes its place: an answer that pauses the solution keeps the rest back.
    while (files.length > 0) {
      const file = files.shift() ?? []
      const outcome = paused ?? (await send(file))
      if (outcome === 'halve') {
        files.unshift(...(halves(file) ?? []))
        continue
      }
      for (const state of file) outcomes.set(state, outcome)
      if (outcome.status !== 'accepted') paused ??= pauseOf(outcome)
    }
    return outcomes
  }

  async function send(file: readonly ProfileState[]): Promise<BulkOutcome | 'halve'> {
    const path = 'v2/profile/batchUpdate'
    const outcome = await options.call({ method: 'POST', path, form: batchFile(file) })
    if (outcome.kind === 'too-large') return file.length > 1 ? 'halve' : outcome.refusal
    if (outcome.kind === 'refused') return outcome.refusal
    const { success, batchStatus } = outcome.response
    if (success === 'true') return { status: 'accepted', batchId: batchIdIn(batchStatus) }
    // The message beside it may name an id: it is not read.
    const response = { status: 200, headers: {} }
    return refusalOfCode('bulk', 'success=false', response, options.nowMs())
  }
}
