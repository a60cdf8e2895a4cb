import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { corePolicies, corePoliciesId } from './core-policies.ts'

/** A policy with what is known of its making. */
export type PolicyDocument = Document<'policy'>

/** Which core policies are on; with the etag `"0"` as long as nobody has said so. */
export function corePoliciesDocument(configuration: Configuration): Document<'corePolicies'> {
  return (
    configuration.get('corePolicies', corePoliciesId) ?? {
      id: corePoliciesId,
      etag: '"0"',
      createdAtMs: 0,
      updatedAtMs: 0,
      createdBy: 'segue',
      updatedBy: 'segue',
      value: { enabled: [] },
    }
  )
}

/** The core policies, with the status that the organisation gave them. */
export function corePolicyDocuments(configuration: Configuration): readonly PolicyDocument[] {
  const switched = corePoliciesDocument(configuration)
  const enabled = new Set(switched.value.enabled)
  return Array.from(corePolicies, ([id, policy]) => ({
    id,
    etag: switched.etag,
    createdAtMs: 0,
    updatedAtMs: switched.updatedAtMs,
    createdBy: 'segue',
    updatedBy: switched.updatedBy,
    value: { ...policy, status: enabled.has(id) ? 'ENABLED' : 'DRAFT' },
  }))
}

/** All policies that there are, core ones first. */
export function policiesOf(configuration: Configuration): readonly PolicyDocument[] {
  return [...corePolicyDocuments(configuration), ...configuration.all('policy')]
}

/** Whether a policy is one that everybody has. */
export function isCorePolicy(id: string): boolean {
  return corePolicies.has(id)
}
