import type { Configuration } from '../configuration/configuration.ts'
import { checkEtag, type Decision, type Write } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { fieldOf, namedFaults, readNamed, readOnlyFaults, refuseFaults } from '../connect/fields.ts'
import { checkLabels } from '../governance/labels.ts'
import { applyJsonPatch, type PatchOperation } from '../patch/json-patch.ts'
import { segmentDocumentId, type SegmentDefinition } from './definition.ts'
import { namespacePattern, segmentPattern, splitSegment } from './segment-name.ts'
import { nameOfUnnamed, segmentView } from './segment-view.ts'

/** Segment definitions of a sandbox (`reference/platform.md` §8.5). */
export const segmentsPerSandboxLimit = 4_000

/** A segment as somebody registers it. */
export interface SegmentRequest {
  /** Without the namespace; absent: a new one. */
  readonly id?: string
  readonly namespace?: string
  readonly name: string
  readonly description?: string
  readonly labels?: readonly string[]
  readonly evaluation: SegmentDefinition['evaluation']
}

/**
 * Registers a segment, before or after it was first seen in the stream.
 * @throws Refusal SEGMENT_INVALID; SEGMENT_EXISTS; SEGMENT_DEFINITION_LIMIT; LABEL_UNKNOWN
 */
export function registerSegment(
  configuration: Configuration,
  request: SegmentRequest,
  { sandboxName, newId }: { readonly sandboxName: string; readonly newId: () => string },
): Decision<Document<'segment'>> {
  const { namespace = 'ups', id = newId(), name, description = '', evaluation } = request
  const segment = `${namespace}:${id}`
  refuseFaults('SEGMENT_INVALID', [
    ...namedFaults({ name, description }),
    ...(namespacePattern.test(namespace)
      ? []
      : [{ pointer: '/namespace', detail: 'must have no colon and no control characters' }]),
    ...(segmentPattern.test(segment) ? [] : [{ pointer: '/id', detail: 'cannot name a segment' }]),
  ])
  const documentId = segmentDocumentId(sandboxName, segment)
  const present = configuration.get('segment', documentId)
  if (present?.value.origin === 'registered') {
    throw new Refusal('SEGMENT_EXISTS', `${segment} is registered already`, { segment })
  }
  const all = segmentsOf(configuration, sandboxName)
  if (present === undefined && all.length >= segmentsPerSandboxLimit) {
    throw new Refusal(
      'SEGMENT_DEFINITION_LIMIT',
      `the sandbox has ${segmentsPerSandboxLimit} segment definitions already`,
    )
  }
  const labels = checkLabels(configuration, request.labels ?? present?.value.labels ?? [])
  return written(documentId, {
    sandboxName,
    namespace,
    id,
    name: name.trim(),
    description,
    labels,
    evaluation,
    origin: 'registered',
  })
}

/**
 * Changes name, description or labels, by a JSON Patch on what reading the segment shows.
 *
 * @param ifMatch compared where it is sent; the Platform's own API does not ask for it here
 * @throws Refusal SEGMENT_UNKNOWN; ETAG_STALE; PATCH_INVALID; PATCH_TEST_FAILED; FIELD_READ_ONLY; SEGMENT_INVALID; LABEL_UNKNOWN
 */
export function patchSegment(
  configuration: Configuration,
  sandboxName: string,
  segment: string,
  ifMatch: string | undefined,
  operations: readonly PatchOperation[],
): Decision<Document<'segment'>> {
  const document = segmentOf(configuration, sandboxName, segment)
  const before = segmentView(configuration, document)
  const after = applyJsonPatch(before, operations)
  const editable = ['/name', '/description', '/labels']
  refuseFaults('FIELD_READ_ONLY', readOnlyFaults(before, after, editable))
  return changeSegment(configuration, document, ifMatch, after)
}

/**
 * The same with new values: what is not given stays.
 * @throws Refusal SEGMENT_UNKNOWN; ETAG_STALE; SEGMENT_INVALID; LABEL_UNKNOWN
 */
export function replaceSegment(
  configuration: Configuration,
  sandboxName: string,
  segment: string,
  ifMatch: string | undefined,
  given: { readonly name?: string; readonly description?: string; readonly labels?: unknown },
): Decision<Document<'segment'>> {
  const document = segmentOf(configuration, sandboxName, segment)
  const { name, description, labels } = document.value
  return changeSegment(configuration, document, ifMatch, {
    name: given.name ?? name,
    description: given.description ?? description,
    labels: given.labels ?? labels,
  })
}

function changeSegment(
  configuration: Configuration,
  document: Document<'segment'>,
  ifMatch: string | undefined,
  wanted: unknown,
): Decision<Document<'segment'>> {
  if (ifMatch !== undefined) checkEtag(document, ifMatch)
  const named = readNamed('SEGMENT_INVALID', wanted)
  const labels = fieldOf(wanted, 'labels') ?? []
  const listed: readonly unknown[] = Array.isArray(labels) ? labels : [undefined]
  const texts = listed.filter((label) => typeof label === 'string')
  if (texts.length < listed.length) {
    refuseFaults('SEGMENT_INVALID', [{ pointer: '/labels', detail: 'must be a list of labels' }])
  }
  return written(document.id, {
    ...document.value,
    ...named,
    labels: checkLabels(configuration, texts),
  })
}

/**
 * Forgets a segment that no flow activates. Seen in the stream, it comes back by itself, without name and labels.
 * @throws Refusal SEGMENT_UNKNOWN; SEGMENT_IN_USE
 */
export function deleteSegment(
  configuration: Configuration,
  sandboxName: string,
  segment: string,
): Decision<undefined> {
  const { id } = segmentOf(configuration, sandboxName, segment)
  const usedBy = configuration
    .all('flow')
    .filter(
      ({ value }) =>
        value.sandboxName === sandboxName &&
        value.selectors.some((selector) => selector.segment === segment),
    )
    .map((flow) => ({ kind: 'flow', id: flow.id, name: flow.value.name }))
  if (usedBy.length > 0) {
    throw new Refusal('SEGMENT_IN_USE', `${usedBy.length} flows activate it`, { usedBy })
  }
  return { writes: [{ kind: 'segment', id, value: undefined }], answer: () => undefined }
}

/** Makes definitions of segments that were seen in the stream and that nobody has registered; those beyond the limit are left. */
export function noticeSegments(
  configuration: Configuration,
  sandboxName: string,
  segments: readonly string[],
): Decision<undefined> {
  const room = segmentsPerSandboxLimit - segmentsOf(configuration, sandboxName).length
  const writes = unnoticed(configuration, sandboxName, segments)
    .slice(0, Math.max(0, room))
    .map((segment): Write => ({
      kind: 'segment',
      id: segmentDocumentId(sandboxName, segment),
      value: {
        sandboxName,
        ...splitSegment(segment),
        name: nameOfUnnamed(segment),
        description: '',
        labels: [],
        evaluation: 'continuous',
        origin: 'stream',
      },
    }))
  return { writes, answer: () => undefined }
}

/** Those of the segments that have no definition. */
export function unnoticed(
  configuration: Configuration,
  sandboxName: string,
  segments: readonly string[],
): readonly string[] {
  return segments.filter(
    (segment) =>
      configuration.get('segment', segmentDocumentId(sandboxName, segment)) === undefined,
  )
}

/** Definitions of a sandbox, oldest first. */
export function segmentsOf(
  configuration: Configuration,
  sandboxName: string,
): readonly Document<'segment'>[] {
  return configuration.all('segment').filter(({ value }) => value.sandboxName === sandboxName)
}

/** @throws Refusal SEGMENT_UNKNOWN */
export function segmentOf(
  configuration: Configuration,
  sandboxName: string,
  segment: string,
): Document<'segment'> {
  const document = configuration.get('segment', segmentDocumentId(sandboxName, segment))
  if (document === undefined) {
    throw new Refusal('SEGMENT_UNKNOWN', 'the sandbox has no segment of this id')
  }
  return document
}

function written(id: string, value: SegmentDefinition): Decision<Document<'segment'>> {
  return {
    writes: [{ kind: 'segment', id, value }],
    answer: (after) => {
      const document = after.get('segment', id)
      if (document === undefined) {
        throw new Refusal('SEGMENT_UNKNOWN', 'the segment was deleted meanwhile')
      }
      return document
    },
  }
}
