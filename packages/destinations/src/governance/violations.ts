import type { Configuration } from '../configuration/configuration.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { denies, expressionText, labelsIn } from './expression.ts'
import { marketingActionOf } from './marketing-actions.ts'
import { policiesOf } from './policies.ts'

/** An activated segment that is used for something a policy denies for its labels (`reference/platform.md` §6.3, §6.4). */
export interface Violation {
  readonly policyId: string
  readonly policyName: string
  /** When the policy denies, for people: `C4 OR C5`. */
  readonly condition: string
  /** Labels of the segment that the policy names. */
  readonly labels: readonly string[]
  /** `core/<name>` or `custom/<name>`. */
  readonly marketingAction: string
  readonly sandboxName: string
  readonly segment: { readonly id: string; readonly name: string }
  readonly flow: { readonly id: string; readonly name: string; readonly isEnabled: boolean }
  readonly targetConnection: { readonly id: string; readonly name: string }
}

/**
 * Every violation that there is: for each flow, enabled or not, each of its segments alone, each marketing action of its
 * target connection, each enabled policy.
 * @param flowId only of this flow
 */
export function violationsOf(configuration: Configuration, flowId?: string): readonly Violation[] {
  const policies = policiesOf(configuration).filter(({ value }) => value.status === 'ENABLED')
  const violations: Violation[] = []
  if (policies.length === 0) return violations
  for (const flow of configuration.all('flow')) {
    if (flowId !== undefined && flow.id !== flowId) continue
    const { sandboxName, targetConnectionId, selectors } = flow.value
    const target = configuration.get('targetConnection', targetConnectionId)
    const actions = new Set(
      target?.value.params.marketingActions.map(
        (action) => marketingActionOf(configuration, action) ?? action,
      ),
    )
    if (target === undefined || actions.size === 0) continue
    const concerned = policies.flatMap((policy) =>
      policy.value.marketingActions
        .filter((action) => actions.has(action))
        .map((marketingAction) => ({ policy, marketingAction })),
    )
    if (concerned.length === 0) continue
    for (const { segment } of selectors) {
      const definition = configuration.get('segment', segmentDocumentId(sandboxName, segment))
      const labels = new Set(definition?.value.labels)
      if (labels.size === 0) continue
      for (const { policy, marketingAction } of concerned) {
        if (!denies(policy.value.deny, labels)) continue
        violations.push({
          policyId: policy.id,
          policyName: policy.value.name,
          condition: expressionText(policy.value.deny),
          labels: labelsIn(policy.value.deny).filter((label) => labels.has(label)),
          marketingAction,
          sandboxName,
          segment: { id: segment, name: definition?.value.name ?? segment },
          flow: {
            id: flow.id,
            name: flow.value.name,
            isEnabled: flow.value.state === 'enabled',
          },
          targetConnection: { id: target.id, name: target.value.name },
        })
      }
    }
  }
  return violations
}

/**
 * Violations that a change brings. What was there before is not held against it, but for a flow that it enables: that is
 * finishing an activation, which a violation blocks.
 */
export function newViolations(before: Configuration, after: Configuration): readonly Violation[] {
  const found = violationsOf(after)
  if (found.length === 0) return found
  const known = new Set<string>()
  for (const violation of violationsOf(before)) {
    known.add(keyOf(violation, false))
    if (violation.flow.isEnabled) known.add(keyOf(violation, true))
  }
  return found.filter((violation) => !known.has(keyOf(violation, violation.flow.isEnabled)))
}

function keyOf(
  { policyId, marketingAction, segment, flow }: Violation,
  isEnabled: boolean,
): string {
  return JSON.stringify([flow.id, isEnabled, segment.id, marketingAction, policyId])
}
