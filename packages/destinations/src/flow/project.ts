import type { Dataflow, SegmentActivation } from '@segue/runtime'
import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { splitSegment } from '../segment/segment-name.ts'

/** What the flows of a sandbox come to for the engine, by the configuration as it is. */
export function projectDataflows(
  configuration: Configuration,
  sandboxName: string,
): readonly Dataflow[] {
  return configuration
    .all('flow')
    .filter(({ value }) => value.sandboxName === sandboxName)
    .map((flow) => projectFlow(configuration, flow))
}

function projectFlow(
  configuration: Configuration,
  { id, value: flow }: Document<'flow'>,
): Dataflow {
  const { primaryIdentityOnly, carryLabels } = organisationDocument(configuration).value.settings
  const params = configuration.get('targetConnection', flow.targetConnectionId)?.value.params
  const segments = flow.selectors.map(({ segment, solutions }) => {
    const known = configuration.get('segment', segmentDocumentId(flow.sandboxName, segment))?.value
    const labels = carryLabels ? (known?.labels ?? []) : []
    const activation: SegmentActivation = {
      name: known?.name ?? splitSegment(segment).id,
      solutions,
      ...(labels.length === 0 ? {} : { labels }),
    }
    return [segment, activation] as const
  })
  return {
    id,
    name: flow.name,
    enabled: flow.state === 'enabled',
    activationDelayMs: params?.activationDelayMs ?? 0,
    solutions: params?.solutions ?? [],
    segments: Object.fromEntries(segments),
    primaryIdentityOnly,
    backfills: flow.backfills,
    revision: configuration.version,
  }
}

/**
 * What is left of a dataflow whose flow was deleted: it routes nothing and has no segments, so that what stands for them in the
 * solutions is removed; then it is removed itself.
 */
export function retiredDataflow(dataflow: Dataflow, revision: number): Dataflow {
  return { ...dataflow, enabled: false, segments: {}, backfills: [], retired: true, revision }
}
