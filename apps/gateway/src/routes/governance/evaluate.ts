import {
  coreMarketingActions,
  isCorePolicy,
  ownMarketingAction,
  segmentOfEntity,
  violatedByLabels,
  violatedBySegments,
  type Configuration,
  type Evaluation,
} from '@segue/destinations'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../../problem.ts'
import { marketingActionRef, viewContext, viewPolicy, type Container } from './views.ts'

/** A thing that has labels. */
export interface Entity {
  readonly entityType: 'segment'
  readonly entityId: string
}

/** What is evaluated: labels, or segments for their labels. */
export type Subject =
  | { readonly labels: readonly string[] }
  | { readonly entityList: readonly Entity[] }

/**
 * Evaluates, in the shape of the policy service (`reference/platform.md` §6.3).
 * @throws Refusal MARKETING_ACTION_NOT_FOUND; ENTITY_UNKNOWN
 */
export function evaluate(
  configuration: Configuration,
  request: FastifyRequest,
  sandboxName: string,
  evaluation: Evaluation,
  subject: Subject,
): object {
  const [container, name = ''] = evaluation.marketingAction.split('/', 2)
  if (container === 'custom') ownMarketingAction(configuration, name)
  else if (!coreMarketingActions.has(name)) {
    throw new Problem('MARKETING_ACTION_NOT_FOUND', 'there is no core marketing action so named')
  }
  const context = viewContext(request, configuration)
  const userId = request.grant?.name ?? ''
  const { duleLabels, discoveredLabels, violated } = look(
    configuration,
    sandboxName,
    evaluation,
    subject,
  )
  return {
    timestamp: Date.now(),
    clientId: userId,
    userId,
    imsOrg: context.imsOrg,
    sandboxName,
    marketingActionRef: marketingActionRef(context, evaluation.marketingAction),
    duleLabels,
    ...(discoveredLabels === undefined ? {} : { discoveredLabels }),
    violatedPolicies: violated.map((policy) => viewPolicy(context, containerOf(policy.id), policy)),
  }
}

function look(
  configuration: Configuration,
  sandboxName: string,
  evaluation: Evaluation,
  subject: Subject,
) {
  if ('labels' in subject) {
    const duleLabels = subject.labels.map((label) => label.replace(/^(?:core|custom)\//u, ''))
    const violated = violatedByLabels(configuration, evaluation, duleLabels)
    return { duleLabels, violated, discoveredLabels: undefined }
  }
  const segments = subject.entityList.map(({ entityId }) =>
    segmentOfEntity(configuration, sandboxName, entityId),
  )
  return {
    duleLabels: [...new Set(segments.flatMap(({ labels }) => labels))],
    violated: violatedBySegments(configuration, evaluation, segments),
    discoveredLabels: segments.map(({ namespace, id, labels }) => ({
      entityType: 'segment',
      entityId: `${namespace}:${id}`,
      segmentLabels: { segment: { labels } },
    })),
  }
}

function containerOf(policyId: string): Container {
  return isCorePolicy(policyId) ? 'core' : 'custom'
}
