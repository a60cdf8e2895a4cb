import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { corePolicies, corePoliciesId } from './core-policies.ts'

/** A policy with what is known of its making. */
export type PolicyDocument = Document<'policy'>

/** The core policies, with the status that the organisation gave them. */
export function corePolicyDocuments(configuration: Configuration): readonly PolicyDocument[] {
  const switched = configuration.get('corePolicies', corePoliciesId)
  const enabled = new Set(switched?.value.enabled)
  return Array.from(corePolicies, ([id, policy]) => ({
    id,
    etag: switched?.etag ?? '"0"',
    createdAtMs: 0,
    updatedAtMs: switched?.updatedAtMs ?? 0,
    createdBy: 'segue',
    updatedBy: switched?.updatedBy ?? 'segue',
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
