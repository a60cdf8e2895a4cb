import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { marketingActionOf } from './marketing-actions.ts'

/**
 * Refuses a destination that is used for something nobody has heard of: no policy could ever be about it, and a slip of the pen
 * would free the destination from those that are meant.
 * @throws Refusal MARKETING_ACTION_UNKNOWN
 */
export function refuseUnknownActions(before: Configuration, after: Configuration): void {
  for (const { id, value } of after.all('targetConnection')) {
    const known = before.get('targetConnection', id)?.value.params.marketingActions ?? []
    for (const [place, action] of value.params.marketingActions.entries()) {
      if (known.includes(action) || marketingActionOf(after, action) !== undefined) continue
      const detail = `there is no marketing action ${JSON.stringify(action.slice(0, 256))}`
      throw new Refusal('MARKETING_ACTION_UNKNOWN', detail, {
        errors: [{ pointer: `/params/marketingActions/${place}`, detail }],
      })
    }
  }
}
