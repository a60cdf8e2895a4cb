import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { fieldOf, refuseFaults, textOf, type Fault } from '../connect/fields.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { namespacePattern, segmentPattern } from '../segment/segment-name.ts'
import type { SegmentSelector } from './flow.ts'
import { secondsText } from './flow-view.ts'

/** Segments of a flow (`reference/platform.md` §10). */
const segmentsPerFlowLimit = 250
/** Namespace of segments that the Platform itself evaluates. */
const defaultNamespace = 'ups'
const selectorsPointer = '/transformations/0/params/segmentSelectors/selectors'

/** What selectors are read against. */
export interface SelectorContext {
  readonly configuration: Configuration
  readonly sandboxName: string
  readonly nowMs: number
  /** Of the target connection. */
  readonly solutions: readonly string[]
  /** As the flow has them now. */
  readonly present: readonly SegmentSelector[]
}

/**
 * Reads a flow's segment selectors. A selector that says nothing of solutions activates for all of the connection as it is then;
 * `solutions` is Segue's own, the granular control that the seed promises. Names are the definitions', so that one given with a
 * new selector counts for nothing.
 *
 * @param given as they came: a body's or those of a patched flow
 * @throws Refusal FLOW_INVALID; SCHEDULE_UNSUPPORTED; MAPPING_UNSUPPORTED; SELECTOR_SEGMENT_UNKNOWN; FIELD_READ_ONLY;
 * FLOW_SEGMENT_LIMIT
 */
export function parseSelectors(given: unknown, context: SelectorContext): SegmentSelector[] {
  if (!Array.isArray(given)) {
    refuseFaults('FLOW_INVALID', [{ pointer: selectorsPointer, detail: 'must be a list' }])
    return []
  }
  const list: readonly unknown[] = given
  if (list.length > segmentsPerFlowLimit) {
    throw new Refusal(
      'FLOW_SEGMENT_LIMIT',
      `the flow would have ${list.length} segments; a flow has at most ${segmentsPerFlowLimit}`,
      { limit: segmentsPerFlowLimit },
    )
  }
  const read = list.map((selector, index) => readSelector(selector, index, context))
  const faultsOf = (kind: keyof Faults): readonly Fault[] =>
    read.flatMap(({ faults }) => faults[kind])
  refuseFaults('SCHEDULE_UNSUPPORTED', faultsOf('schedule'))
  refuseFaults('MAPPING_UNSUPPORTED', faultsOf('mapping'))
  refuseFaults('FLOW_INVALID', [
    ...faultsOf('form'),
    ...twice(read.map(({ selector }) => selector)),
  ])
  refuseFaults('SELECTOR_SEGMENT_UNKNOWN', faultsOf('unknown'))
  refuseFaults('FIELD_READ_ONLY', faultsOf('readOnly'))
  return read.map(({ selector }) => selector)
}

interface Faults {
  readonly schedule: readonly Fault[]
  readonly mapping: readonly Fault[]
  readonly form: readonly Fault[]
  readonly unknown: readonly Fault[]
  readonly readOnly: readonly Fault[]
}

/** Fields of a selector's value by what they belong to; all others are known or wrong. */
const scheduleFields = [
  'schedule',
  'exportMode',
  'startDate',
  'endDate',
  'frequency',
  'triggerType',
]
const mappingFields = ['mapping', 'mappingId', 'appId', 'originOfAudience', 'mandatoryFields']
const knownFields = [
  'id',
  'name',
  'description',
  'namespace',
  'solutions',
  'createTime',
  'updateTime',
  'systemSegmentId',
]

function readSelector(
  given: unknown,
  index: number,
  { configuration, sandboxName, nowMs, solutions, present }: SelectorContext,
): { readonly selector: SegmentSelector; readonly faults: Faults } {
  const at = `${selectorsPointer}/${index}`
  const value = fieldOf(given, 'value')
  const names = Object.keys(typeof value === 'object' && value !== null ? value : {})
  const found = (among: readonly string[], detail: string): readonly Fault[] =>
    names
      .filter((name) => among.includes(name))
      .map((name) => ({ pointer: `${at}/value/${name}`, detail }))
  const unknownNames = names.filter(
    (name) => ![...knownFields, ...scheduleFields, ...mappingFields].includes(name),
  )
  const form: Fault[] = unknownNames.map((name) => ({
    pointer: `${at}/value/${name}`,
    detail: 'is not known',
  }))
  if (fieldOf(given, 'type') !== 'PLATFORM_SEGMENT') {
    form.push({ pointer: `${at}/type`, detail: 'must be PLATFORM_SEGMENT' })
  }
  const { namespace = defaultNamespace } = { namespace: fieldOf(value, 'namespace') }
  const segment = `${textOf(namespace)}:${textOf(fieldOf(value, 'id'))}`
  const isNamed = segmentPattern.test(segment)
  if (!namespacePattern.test(textOf(namespace))) {
    form.push({ pointer: `${at}/value/namespace`, detail: 'must be a namespace' })
  }
  if (!isNamed) form.push({ pointer: `${at}/value/id`, detail: 'must be the id of a segment' })
  const chosen = chosenSolutions(fieldOf(value, 'solutions'), solutions)
  if (chosen === undefined) {
    form.push({
      pointer: `${at}/value/solutions`,
      detail: `must be one or more of ${solutions.join(', ')}`,
    })
  }
  const before = present.find((one) => one.segment === segment)
  const definition = configuration.get('segment', segmentDocumentId(sandboxName, segment))
  const isUnknown = isNamed && definition === undefined && before === undefined
  const same = before !== undefined && before.solutions.join() === chosen?.join()
  return {
    selector: {
      segment,
      solutions: chosen ?? [],
      createdAtMs: before?.createdAtMs ?? nowMs,
      updatedAtMs: same ? before.updatedAtMs : nowMs,
    },
    faults: {
      schedule: found(scheduleFields, 'this destination has no schedule'),
      mapping: found(mappingFields, 'this destination has no mapping'),
      form,
      unknown: isUnknown ? [{ pointer: `${at}/value/id`, detail: `${segment} is not known` }] : [],
      readOnly:
        before === undefined
          ? []
          : changedFields(value, at, {
              name: definition?.value.name,
              description: definition?.value.description,
              createTime: secondsText(before.createdAtMs),
              updateTime: secondsText(before.updatedAtMs),
            }),
    },
  }
}

/** Of a segment that is activated already: what stands for it elsewhere, and cannot be changed by its selector. */
function changedFields(
  value: unknown,
  at: string,
  present: Readonly<Record<string, string | undefined>>,
): readonly Fault[] {
  return Object.entries(present).flatMap(([name, is]) => {
    const given = fieldOf(value, name)
    if (given === undefined || is === undefined || given === is) return []
    const detail =
      name === 'name' || name === 'description'
        ? 'is the segment definition’s: change it there'
        : 'cannot be changed'
    return { pointer: `${at}/value/${name}`, detail }
  })
}

/** In the order of the connection; undefined where they are none of it. */
function chosenSolutions(given: unknown, all: readonly string[]): readonly string[] | undefined {
  if (given === undefined) return all
  if (!Array.isArray(given) || given.length === 0) return undefined
  const list: readonly unknown[] = given
  const chosen = all.filter((solution) => list.includes(solution))
  return chosen.length === list.length ? chosen : undefined
}

function twice(selectors: readonly SegmentSelector[]): readonly Fault[] {
  const first = new Map<string, number>()
  return selectors.flatMap(({ segment }, index) => {
    const other = first.get(segment)
    if (other === undefined) {
      first.set(segment, index)
      return []
    }
    return {
      pointer: `${selectorsPointer}/${index}`,
      detail: `names the segment of ${other} again`,
    }
  })
}
