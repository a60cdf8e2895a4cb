import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { flowSpecId, specVersion } from '../connect/catalog.ts'
import { madeOf } from '../connect/made.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { splitSegment } from '../segment/segment-name.ts'
import type { SegmentSelector } from './flow.ts'

/** A flow as it is read (`reference/platform.md` §4.2), and as a patch sees it. `held` and `solutions` are Segue's own. */
export function flowView(
  configuration: Configuration,
  document: Document<'flow'>,
): Readonly<Record<string, unknown>> {
  const { id, value: flow } = document
  const source = configuration.get('sourceConnection', flow.sourceConnectionId)?.value
  const target = configuration.get('targetConnection', flow.targetConnectionId)?.value
  return {
    ...madeOf(configuration, document, flow.sandboxName),
    name: flow.name,
    description: flow.description,
    flowSpec: { id: flowSpecId, version: specVersion },
    state: flow.state,
    held: flow.held,
    sourceConnectionIds: [flow.sourceConnectionId],
    targetConnectionIds: [flow.targetConnectionId],
    inheritedAttributes: {
      properties: { isDestinationFlow: true },
      sourceConnections: [
        {
          id: flow.sourceConnectionId,
          connectionSpec: source?.connectionSpec,
          baseConnection: { id: source?.baseConnectionId, connectionSpec: source?.connectionSpec },
          typeInfo: { type: 'ProfileFragments', id: 'ups' },
        },
      ],
      targetConnections: [
        {
          id: flow.targetConnectionId,
          connectionSpec: target?.connectionSpec,
          baseConnection: { id: target?.baseConnectionId, connectionSpec: target?.connectionSpec },
        },
      ],
    },
    transformations: [
      {
        name: 'GeneralTransform',
        params: {
          segmentSelectors: {
            selectors: flow.selectors.map((selector) =>
              selectorView(configuration, flow.sandboxName, selector),
            ),
          },
          profileSelectors: { selectors: [] },
        },
      },
    ],
    runs: `/runs?property=flowId==${id}`,
    lastOperation: {
      started: document.updatedAtMs,
      updated: document.updatedAtMs,
      percentCompleted: 100,
      status: { value: 'completed', properties: null, errors: [] },
    },
  }
}

function selectorView(
  configuration: Configuration,
  sandboxName: string,
  { segment, solutions, createdAtMs, updatedAtMs }: SegmentSelector,
): object {
  const { namespace, id } = splitSegment(segment)
  const definition = configuration.get('segment', segmentDocumentId(sandboxName, segment))?.value
  return {
    type: 'PLATFORM_SEGMENT',
    value: {
      id,
      namespace,
      name: definition?.name ?? id,
      description: definition?.description ?? '',
      createTime: secondsText(createdAtMs),
      updateTime: secondsText(updatedAtMs),
      solutions,
    },
  }
}

/** Selectors' times are epoch seconds as text, beside the milliseconds of everything else (§4.2). */
export function secondsText(atMs: number): string {
  return String(Math.floor(atMs / 1_000))
}
