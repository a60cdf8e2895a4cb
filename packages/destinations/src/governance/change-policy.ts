import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { checkEtag, type Decision } from '../configuration/configure.ts'
import { Refusal } from '../configuration/refusal.ts'
import { corePolicies, corePoliciesId } from './core-policies.ts'
import { ExpressionFault, parseExpression } from './expression.ts'
import { checkLabel } from './labels.ts'
import { checkMarketingActions } from './marketing-actions.ts'
import { corePoliciesDocument, type PolicyDocument } from './policies.ts'
import type { PolicyExpression, PolicyStatus } from './policy.ts'

/** A policy as it is sent, its form checked but for `deny`. */
export interface PolicyRequest {
  readonly name: string
  readonly description?: string
  /** Absent: `DRAFT`. */
  readonly status?: PolicyStatus
  /** Names or addresses of marketing actions. */
  readonly marketingActionRefs: readonly string[]
  /** A PolicyExpression. */
  readonly deny: unknown
}

/** Of its own policies, marketing actions and labels an organisation has at most this many each. */
export const governanceLimit = 500

/**
 * Makes a policy of the organisation's own.
 * @throws Refusal GOVERNANCE_LIMIT; POLICY_INVALID; LABEL_UNKNOWN; MARKETING_ACTION_UNKNOWN
 */
export function createPolicy(
  configuration: Configuration,
  id: string,
  request: PolicyRequest,
): Decision<PolicyDocument> {
  refuseMore(configuration, 'policy')
  return policyWritten(configuration, id, request)
}

/**
 * Changes a policy of the organisation's own.
 *
 * @param ifMatch checked where it is given: the Platform's policy service does not ask for it
 * @param change from what the policy is to what it is to be
 * @throws Refusal as for `createPolicy`; POLICY_UNKNOWN; ETAG_STALE
 */
export function changePolicy(
  configuration: Configuration,
  id: string,
  ifMatch: string | undefined,
  change: (policy: PolicyDocument) => PolicyRequest,
): Decision<PolicyDocument> {
  const policy = ownPolicy(configuration, id)
  if (ifMatch !== undefined) checkEtag(policy, ifMatch)
  return policyWritten(configuration, id, change(policy))
}

/** @throws Refusal POLICY_UNKNOWN; ETAG_STALE */
export function deletePolicy(
  configuration: Configuration,
  id: string,
  ifMatch: string | undefined,
): Decision<undefined> {
  const policy = ownPolicy(configuration, id)
  if (ifMatch !== undefined) checkEtag(policy, ifMatch)
  return { writes: [{ kind: 'policy', id, value: undefined }], answer: () => undefined }
}

/**
 * Enables these core policies, and no other.
 *
 * @param ifMatch checked where it is given
 * @throws Refusal POLICY_UNKNOWN; ETAG_STALE
 */
export function enableCorePolicies(
  configuration: Configuration,
  policyIds: readonly string[],
  ifMatch: string | undefined,
): Decision<Document<'corePolicies'>> {
  if (ifMatch !== undefined) checkEtag(corePoliciesDocument(configuration), ifMatch)
  const unknown = policyIds.find((id) => !corePolicies.has(id))
  if (unknown !== undefined) {
    throw new Refusal('POLICY_UNKNOWN', 'there is no core policy of this id', {
      policyId: unknown.slice(0, 256),
    })
  }
  const enabled = [...new Set(policyIds)]
  return {
    writes: [{ kind: 'corePolicies', id: corePoliciesId, value: { enabled } }],
    answer: corePoliciesDocument,
  }
}

/** @throws Refusal POLICY_UNKNOWN */
export function ownPolicy(configuration: Configuration, id: string): PolicyDocument {
  const policy = configuration.get('policy', id)
  if (policy !== undefined) return policy
  throw new Refusal('POLICY_UNKNOWN', 'the organisation has no policy of its own of this id')
}

/** @throws Refusal GOVERNANCE_LIMIT */
export function refuseMore(
  configuration: Configuration,
  kind: 'policy' | 'marketingAction' | 'label',
): void {
  if (configuration.all(kind).length < governanceLimit) return
  throw new Refusal('GOVERNANCE_LIMIT', `an organisation has at most ${governanceLimit} of these`)
}

function policyWritten(
  configuration: Configuration,
  id: string,
  request: PolicyRequest,
): Decision<PolicyDocument> {
  const value = {
    name: request.name,
    description: request.description ?? '',
    status: request.status ?? ('DRAFT' as const),
    marketingActions: checkMarketingActions(
      configuration,
      request.marketingActionRefs,
      '/marketingActionRefs',
    ),
    deny: denyOf(configuration, request.deny),
  }
  return {
    writes: [{ kind: 'policy', id, value }],
    answer: (after) => ownPolicy(after, id),
  }
}

function denyOf(configuration: Configuration, deny: unknown): PolicyExpression {
  try {
    return parseExpression(deny, '/deny', (label, pointer) =>
      checkLabel(configuration, label, pointer),
    )
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error
    const { pointer, message } = error
    throw new Refusal('POLICY_INVALID', `${pointer} ${message}`, {
      errors: [{ pointer, detail: message }],
    })
  }
}
