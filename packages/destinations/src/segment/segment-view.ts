import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { madeOf } from '../connect/made.ts'
import { labelRef } from '../governance/labels.ts'
import { splitSegment } from './segment-name.ts'

/**
 * A segment definition as it is read (`reference/platform.md` §8.1). Its expression is not shown, since Segue is told of
 * memberships and does not evaluate. `origin` is Segue's own.
 */
export function segmentView(
  configuration: Configuration,
  document: Document<'segment'>,
): Readonly<Record<string, unknown>> {
  const { value, createdAtMs, updatedAtMs, etag } = document
  const { sandboxName, namespace, id, name, description, labels, evaluation, origin } = value
  const made = madeOf(configuration, document, sandboxName)
  return {
    id,
    namespace,
    name,
    description,
    labels: labels.map(labelRef),
    schema: { name: '_xdm.context.profile' },
    profileInstanceId: 'ups',
    imsOrgId: made['imsOrgId'],
    sandbox: { sandboxId: made['sandboxId'], sandboxName, default: sandboxName === 'prod' },
    evaluationInfo: {
      batch: { enabled: evaluation === 'batch' },
      continuous: { enabled: evaluation === 'continuous' },
      synchronous: { enabled: evaluation === 'synchronous' },
    },
    dataGovernancePolicy: { excludeOptOut: true },
    lifecycleState: 'published',
    origin,
    createdBy: document.createdBy,
    updatedBy: document.updatedBy,
    creationTime: createdAtMs,
    updateTime: updatedAtMs,
    createEpoch: Math.floor(createdAtMs / 1_000),
    updateEpoch: Math.floor(updatedAtMs / 1_000),
    _etag: etag,
  }
}

/** The segment, `namespace:id`, of an id in an address: with its namespace, or without where that is the Platform's own. */
export function segmentOfAddress(id: string): string {
  return id.includes(':') ? id : `ups:${id}`
}

/** A name for a segment of which nothing but its id is known. */
export function nameOfUnnamed(segment: string): string {
  return splitSegment(segment).id
}
