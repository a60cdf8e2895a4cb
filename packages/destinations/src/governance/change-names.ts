import type { Configuration } from '../configuration/configuration.ts'
import type { Decision } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { refuseMore } from './change-policy.ts'
import { coreLabels, type CustomLabel } from './labels.ts'
import { marketingActionOf, type CustomMarketingAction } from './marketing-actions.ts'

/** What a `PUT` of a named thing came to. */
export interface Put<K extends 'marketingAction' | 'label'> {
  readonly isNew: boolean
  readonly document: Document<K>
}

/**
 * Makes or changes a marketing action of the organisation's own.
 * @throws Refusal GOVERNANCE_LIMIT
 */
export function putMarketingAction(
  configuration: Configuration,
  name: string,
  value: CustomMarketingAction,
): Decision<Put<'marketingAction'>> {
  const isNew = configuration.get('marketingAction', name) === undefined
  if (isNew) refuseMore(configuration, 'marketingAction')
  return {
    writes: [{ kind: 'marketingAction', id: name, value }],
    answer: (after) => ({ isNew, document: ownMarketingAction(after, name) }),
  }
}

/**
 * Removes a marketing action that neither a policy nor a target connection refers to.
 * @throws Refusal MARKETING_ACTION_NOT_FOUND; MARKETING_ACTION_IN_USE
 */
export function deleteMarketingAction(
  configuration: Configuration,
  name: string,
): Decision<undefined> {
  ownMarketingAction(configuration, name)
  const own = `custom/${name}`
  const policyIds = configuration
    .all('policy')
    .filter(({ value }) => value.marketingActions.includes(own))
    .map(({ id }) => id)
  const targetConnectionIds = configuration
    .all('targetConnection')
    .filter(({ value }) =>
      value.params.marketingActions.some((used) => marketingActionOf(configuration, used) === own),
    )
    .map(({ id }) => id)
  if (policyIds.length > 0 || targetConnectionIds.length > 0) {
    const users = [...policyIds, ...targetConnectionIds].join(', ')
    throw new Refusal('MARKETING_ACTION_IN_USE', `the marketing action is used by ${users}`, {
      policyIds,
      targetConnectionIds,
    })
  }
  return {
    writes: [{ kind: 'marketingAction', id: name, value: undefined }],
    answer: () => undefined,
  }
}

/**
 * Makes or changes a label of the organisation's own. Labels cannot be deleted (the Platform's labels endpoint has no such call).
 * @throws Refusal GOVERNANCE_LIMIT; NAME_MISMATCH where a core label has the name
 */
export function putLabel(
  configuration: Configuration,
  name: string,
  value: CustomLabel,
): Decision<Put<'label'>> {
  // Else nobody could tell which is meant on a segment.
  if (coreLabels.has(name)) {
    throw new Refusal('NAME_MISMATCH', 'a core label has this name; choose another')
  }
  const isNew = configuration.get('label', name) === undefined
  if (isNew) refuseMore(configuration, 'label')
  return {
    writes: [{ kind: 'label', id: name, value }],
    answer: (after) => ({ isNew, document: ownLabel(after, name) }),
  }
}

/** @throws Refusal MARKETING_ACTION_NOT_FOUND */
export function ownMarketingAction(
  configuration: Configuration,
  name: string,
): Document<'marketingAction'> {
  const found = configuration.get('marketingAction', name)
  if (found !== undefined) return found
  throw new Refusal('MARKETING_ACTION_NOT_FOUND', 'there is no marketing action of this name')
}

/** @throws Refusal LABEL_NOT_FOUND */
export function ownLabel(configuration: Configuration, name: string): Document<'label'> {
  const found = configuration.get('label', name)
  if (found !== undefined) return found
  throw new Refusal('LABEL_NOT_FOUND', 'there is no label of this name')
}
