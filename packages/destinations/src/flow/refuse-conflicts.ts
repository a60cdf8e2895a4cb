import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'

/**
 * Refuses that two flows of a sandbox activate one segment for one solution: each would have a counterpart of its own, and what
 * one of them removes the other would go on to claim. Flows that are off count, since they may be enabled.
 *
 * @throws Refusal SEGMENT_ACTIVATED_ELSEWHERE
 */
export function refuseConflicts(before: Configuration, after: Configuration): void {
  const flows = after.all('flow')
  const changed = flows.filter((flow) => before.get('flow', flow.id) !== flow)
  if (changed.length === 0) return
  const taken = new Map<string, Document<'flow'>>()
  for (const flow of [...flows.filter((one) => !changed.includes(one)), ...changed]) {
    const { sandboxName, selectors } = flow.value
    for (const { segment, solutions } of selectors) {
      for (const solution of solutions) {
        const place = JSON.stringify([sandboxName, segment, solution])
        const other = taken.get(place)
        if (other !== undefined) {
          throw new Refusal(
            'SEGMENT_ACTIVATED_ELSEWHERE',
            `the flow ${other.id} activates the segment for ${solution} already`,
            { segment, solution, flow: { id: other.id, name: other.value.name } },
          )
        }
        taken.set(place, flow)
      }
    }
  }
}
