import type { Configuration } from '../configuration/configuration.ts'
import type { SegmentDefinition } from '../segment/definition.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { Refusal } from '../configuration/refusal.ts'
import { denies } from './expression.ts'
import { policiesOf, type PolicyDocument } from './policies.ts'

/** What an evaluation is asked. */
export interface Evaluation {
  /** `core/<name>` or `custom/<name>`. */
  readonly marketingAction: string
  /** Drafts take part too. */
  readonly includeDraft: boolean
}

/** Policies that deny a marketing action for something with these labels. */
export function violatedByLabels(
  configuration: Configuration,
  { marketingAction, includeDraft }: Evaluation,
  labels: readonly string[],
): readonly PolicyDocument[] {
  const held = new Set(labels)
  return policiesOf(configuration).filter(
    ({ value }) =>
      (value.status === 'ENABLED' || (includeDraft && value.status === 'DRAFT')) &&
      value.marketingActions.includes(marketingAction) &&
      denies(value.deny, held),
  )
}

/**
 * Policies that deny a marketing action for one of several segments. Each segment is looked at by itself: C1 on one and C2 on
 * another do not violate `C1 AND C2` (`reference/platform.md` §6.4).
 */
export function violatedBySegments(
  configuration: Configuration,
  evaluation: Evaluation,
  segments: readonly SegmentDefinition[],
): readonly PolicyDocument[] {
  const violated = new Map(
    segments.flatMap(({ labels }) =>
      violatedByLabels(configuration, evaluation, labels).map((policy) => [policy.id, policy]),
    ),
  )
  return policiesOf(configuration).filter(({ id }) => violated.has(id))
}

/**
 * The segment that an entity's id names: `namespace:id`, or an id of the namespace `ups`.
 * @throws Refusal ENTITY_UNKNOWN
 */
export function segmentOfEntity(
  configuration: Configuration,
  sandboxName: string,
  entityId: string,
): SegmentDefinition {
  const found =
    configuration.get('segment', segmentDocumentId(sandboxName, entityId)) ??
    configuration.get('segment', segmentDocumentId(sandboxName, `ups:${entityId}`))
  if (found !== undefined) return found.value
  throw new Refusal('ENTITY_UNKNOWN', 'the sandbox has no segment of this id', {
    entityId: entityId.slice(0, 256),
  })
}
