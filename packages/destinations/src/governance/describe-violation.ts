import type { Configuration } from '../configuration/configuration.ts'
import type { Kind } from '../configuration/documents.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { corePoliciesId } from './core-policies.ts'
import { labelRef } from './labels.ts'
import { isCorePolicy } from './policies.ts'
import type { Violation } from './violations.ts'

/** A thing in the way of data, and whether it is the one that is being changed. */
interface LineageNode {
  readonly type: 'segment' | 'policy' | 'flow' | 'destination'
  readonly id: string
  readonly name: string
  readonly labels: readonly string[]
  readonly current: boolean
}

/** A violation as a refusal tells it. The reference only suggests a shape (`reference/platform.md` §6.3) [I]. */
export interface ViolationReport {
  readonly policyId: string
  readonly policyName: string
  readonly condition: string
  readonly labels: readonly string[]
  readonly marketingAction: string
  readonly segment: { readonly id: string; readonly name: string }
  readonly flow: { readonly id: string; readonly name: string }
  readonly sandboxName: string
  /** What of it the change changes. */
  readonly triggeredBy: readonly LineageNode['type'][]
  /** What to do, one of these: for people. */
  readonly remedies: readonly string[]
  readonly lineage: {
    readonly nodes: readonly LineageNode[]
    readonly edges: readonly { readonly from: string; readonly to: string }[]
  }
}

/** @param before and after the change that brings it */
export function describeViolation(
  violation: Violation,
  before: Configuration,
  after: Configuration,
): ViolationReport {
  const { policyId, policyName, condition, marketingAction, sandboxName, segment, flow } = violation
  const changed = (kind: Kind, id: string): boolean =>
    before.get(kind, id)?.etag !== after.get(kind, id)?.etag
  const { targetConnection: target } = violation
  const isCore = isCorePolicy(policyId)
  const nodes: readonly LineageNode[] = [
    {
      type: 'segment',
      ...segment,
      labels: violation.labels.map(labelRef),
      current: changed('segment', segmentDocumentId(sandboxName, segment.id)),
    },
    {
      type: 'flow',
      id: flow.id,
      name: flow.name,
      labels: [],
      current: changed('flow', flow.id),
    },
    {
      type: 'destination',
      ...target,
      labels: [],
      current: changed('targetConnection', target.id),
    },
    {
      type: 'policy',
      id: policyId,
      name: policyName,
      labels: [],
      current: isCore ? changed('corePolicies', corePoliciesId) : changed('policy', policyId),
    },
  ]
  return {
    policyId,
    policyName,
    condition,
    labels: violation.labels.map(labelRef),
    marketingAction,
    segment,
    flow: { id: flow.id, name: flow.name },
    sandboxName,
    triggeredBy: nodes.filter(({ current }) => current).map(({ type }) => type),
    remedies: [
      `take labels off the segment ${segment.id} until "${condition}" does not hold (it has ${violation.labels.join(', ')})`,
      `take ${marketingAction} off the marketing actions of the target connection ${target.id} ("${target.name}"), if the data is not used for that`,
      `do not activate the segment ${segment.id} in the flow ${flow.id} ("${flow.name}")`,
      isCore
        ? `take ${policyId} ("${policyName}") off the enabled core policies`
        : `change or disable the policy ${policyId} ("${policyName}")`,
    ],
    lineage: {
      nodes,
      edges: [
        { from: segment.id, to: flow.id },
        { from: flow.id, to: target.id },
        { from: target.id, to: policyId },
      ],
    },
  }
}
