import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { describeViolation } from './describe-violation.ts'
import { newViolations } from './violations.ts'

/** Violations that one refusal lists. */
const listedMax = 20

/**
 * Refuses a change after which an activated segment's labels violate an enabled policy, whatever it is that is changed: what is
 * activated, labels, what a destination is used for, or a policy (`reference/platform.md` §6.4).
 * @throws Refusal POLICY_VIOLATION
 */
export function refuseViolations(before: Configuration, after: Configuration): void {
  const violations = newViolations(before, after)
  const [first] = violations
  if (first === undefined) return
  const detail =
    `the policy "${first.policyName}" (${first.condition}) denies ${first.marketingAction}` +
    ` for the segment ${first.segment.id}, which has ${first.labels.join(', ')}`
  throw new Refusal('POLICY_VIOLATION', detail, {
    violationCount: violations.length,
    violations: violations
      .slice(0, listedMax)
      .map((violation) => describeViolation(violation, before, after)),
  })
}
