import { refuseExtraConnections } from '../connect/refuse-extra-connections.ts'
import { refuseOverlap } from '../cutover/refuse-overlap.ts'
import { refuseConflicts } from '../flow/refuse-conflicts.ts'
import { refuseUnknownActions } from '../governance/refuse-unknown-actions.ts'
import { refuseViolations } from '../governance/refuse-violations.ts'
import { refuseUnentitled } from '../organisation/refuse-unentitled.ts'
import type { Configuration } from './configuration.ts'

/**
 * Rules about the configuration as a whole: they hold whatever is changed, so no command has to remember them.
 *
 * @param before as it is
 * @param after as it would be
 * @throws Refusal where the change breaks a rule; what was against it before is not held against the change
 */
export function checkRules(before: Configuration, after: Configuration): void {
  refuseOverlap(after)
  refuseUnentitled(before, after)
  refuseExtraConnections(before, after)
  refuseConflicts(before, after)
  refuseUnknownActions(before, after)
  refuseViolations(before, after)
}
