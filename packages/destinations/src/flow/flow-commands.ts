import { addOrders } from '../backfill/add-orders.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { checkEtag, type Decision, type Write } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { flowSpecId, specVersion } from '../connect/catalog.ts'
import { answerOf, type CommandContext, type IdAndEtag } from '../connect/connection-commands.ts'
import {
  fieldOf,
  namedFaults,
  readNamed,
  readOnlyFaults,
  refuseFaults,
  type Fault,
} from '../connect/fields.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { applyJsonPatch, type PatchOperation } from '../patch/json-patch.ts'
import { backfillOrders, newlyActivated } from './backfill-orders.ts'
import type { Flow, SegmentSelector } from './flow.ts'
import { flowView } from './flow-view.ts'
import { parseSelectors } from './parse-selectors.ts'
import { segmentSelectorsOf } from './parse-transformations.ts'

/** Flows of a sandbox (`reference/platform.md` §10: destinations a sandbox). Each costs every changed membership a look. */
export const flowsPerSandboxLimit = 100

/** A flow as somebody asks for it. */
export interface FlowRequest {
  readonly name: string
  readonly description?: string
  readonly flowSpec: { readonly id: string; readonly version?: string }
  readonly sourceConnectionIds: readonly string[]
  readonly targetConnectionIds: readonly string[]
  readonly transformations?: unknown
}

/**
 * Makes a flow. It is on at once, unless the legacy integration is on: then it is held, until the cutover enables it.
 * @throws Refusal FLOW_INVALID; FLOW_LIMIT; what `parseSelectors` and the rules of the whole configuration refuse
 */
export function createFlow(
  configuration: Configuration,
  request: FlowRequest,
  context: CommandContext,
): Decision<IdAndEtag> {
  const { sandboxName, nowMs } = context
  const [sourceConnectionId = '', targetConnectionId = ''] = [
    request.sourceConnectionIds[0],
    request.targetConnectionIds[0],
  ]
  refuseFaults('FLOW_INVALID', [
    ...namedFaults({ name: request.name, description: request.description }),
    ...specFaults(request),
    ...connectionFaults(configuration, request, sandboxName),
  ])
  const all = configuration.all('flow').filter(({ value }) => value.sandboxName === sandboxName)
  if (all.length >= flowsPerSandboxLimit) {
    throw new Refusal('FLOW_LIMIT', `the sandbox has ${flowsPerSandboxLimit} flows already`)
  }
  const selectors = parseSelectors(segmentSelectorsOf(request.transformations), {
    configuration,
    sandboxName,
    nowMs,
    solutions: solutionsOfTarget(configuration, targetConnectionId),
    present: [],
  })
  const held = organisationDocument(configuration).value.legacySharing.state === 'enabled'
  const id = context.newId()
  const flow: Flow = {
    sandboxName,
    name: request.name.trim(),
    description: request.description ?? '',
    state: held ? 'disabled' : 'enabled',
    sourceConnectionId,
    targetConnectionId,
    selectors,
    backfills: held ? [] : backfillOrders(configuration, selectors, context),
    held,
  }
  return { writes: [{ kind: 'flow', id, value: flow }], answer: answerOf('flow', id) }
}

function specFaults({ flowSpec }: FlowRequest): readonly Fault[] {
  if (flowSpec.id !== flowSpecId) return [{ pointer: '/flowSpec/id', detail: 'is not known' }]
  return (flowSpec.version ?? specVersion) === specVersion
    ? []
    : [{ pointer: '/flowSpec/version', detail: `must be ${specVersion}` }]
}

function connectionFaults(
  configuration: Configuration,
  { sourceConnectionIds, targetConnectionIds }: FlowRequest,
  sandboxName: string,
): readonly Fault[] {
  const ends = [
    ['sourceConnection', 'sourceConnectionIds', sourceConnectionIds],
    ['targetConnection', 'targetConnectionIds', targetConnectionIds],
  ] as const
  return ends.flatMap(([kind, field, ids]) => {
    if (ids.length !== 1) return { pointer: `/${field}`, detail: 'must name one' }
    const connection = configuration.get(kind, ids[0] ?? '')?.value
    return connection?.sandboxName === sandboxName
      ? []
      : { pointer: `/${field}/0`, detail: `names no ${kind} of the sandbox` }
  })
}

/**
 * Changes a flow by a JSON Patch on what reading it shows: name, description, and its segments. What is newly activated in a
 * flow that is on is ordered to be sent.
 *
 * @throws Refusal FLOW_UNKNOWN; IF_MATCH_MISSING; ETAG_STALE; PATCH_INVALID; PATCH_TEST_FAILED; FIELD_READ_ONLY; FLOW_INVALID;
 * what `parseSelectors` and the rules of the whole configuration refuse
 */
export function patchFlow(
  configuration: Configuration,
  id: string,
  ifMatch: string | undefined,
  operations: readonly PatchOperation[],
  context: CommandContext,
): Decision<IdAndEtag> {
  const { sandboxName, nowMs } = context
  const document = flowOf(configuration, id, sandboxName)
  checkEtag(document, ifMatch)
  const flow = document.value
  const before = flowView(configuration, document)
  const after = applyJsonPatch(before, operations)
  const editable = ['/name', '/description', '/transformations']
  refuseFaults('FIELD_READ_ONLY', readOnlyFaults(before, after, editable))
  const named = readNamed('FLOW_INVALID', after)
  const selectors = parseSelectors(segmentSelectorsOf(fieldOf(after, 'transformations')), {
    configuration,
    sandboxName,
    nowMs,
    solutions: solutionsOfTarget(configuration, flow.targetConnectionId),
    present: flow.selectors,
  })
  const changed: Flow = { ...flow, ...named, selectors }
  const value = owing(configuration, changed, newlyActivated(flow.selectors, selectors), context)
  return { writes: [{ kind: 'flow', id, value }], answer: answerOf('flow', id) }
}

/**
 * Enables or disables a flow (`POST /flows/{id}/action`). Whoever is enabled is owed what changed meanwhile, both ways.
 * @throws Refusal FLOW_UNKNOWN; FLOW_ACTION_UNSUPPORTED; LEGACY_INTEGRATION_ACTIVE
 */
export function actOnFlow(
  configuration: Configuration,
  id: string,
  op: string,
  context: CommandContext,
): Decision<IdAndEtag> {
  const { value: flow } = flowOf(configuration, id, context.sandboxName)
  const state = statesOf.get(op.toLowerCase())
  if (state === undefined) {
    throw new Refusal('FLOW_ACTION_UNSUPPORTED', 'the action is neither enable nor disable')
  }
  if (state === flow.state) return { writes: [], answer: answerOf('flow', id) }
  if (state === 'disabled') {
    return written(id, { ...flow, state })
  }
  if (organisationDocument(configuration).value.legacySharing.state === 'enabled') {
    throw new Refusal('LEGACY_INTEGRATION_ACTIVE', 'the legacy integration is on', {
      held: flow.held,
    })
  }
  const enabled: Flow = { ...flow, state, held: false }
  return written(id, owing(configuration, enabled, enabled.selectors, context))
}

const statesOf: ReadonlyMap<string, Flow['state']> = new Map([
  ['enable', 'enabled'],
  ['disable', 'disabled'],
])

/**
 * Removes a flow, and the subscriptions to its alerts. What stands for its segments in the solutions is removed by the engine.
 * @throws Refusal FLOW_UNKNOWN
 */
export function deleteFlow(
  configuration: Configuration,
  id: string,
  { sandboxName }: Pick<CommandContext, 'sandboxName'>,
): Decision<undefined> {
  flowOf(configuration, id, sandboxName)
  const subscriptions = configuration
    .all('alertSubscription')
    .filter(({ value }) => value.flowId === id)
    .map((subscription): Write => ({
      kind: 'alertSubscription',
      id: subscription.id,
      value: undefined,
    }))
  return {
    writes: [{ kind: 'flow', id, value: undefined }, ...subscriptions],
    answer: () => undefined,
  }
}

/** The flow with orders to send what is activated; only where it is on. */
function owing(
  configuration: Configuration,
  flow: Flow,
  activated: readonly Pick<SegmentSelector, 'segment' | 'solutions'>[],
  context: CommandContext,
): Flow {
  if (flow.state === 'disabled') return flow
  const orders = backfillOrders(configuration, activated, context)
  return { ...flow, backfills: addOrders(flow.backfills, orders, context.newId) }
}

function written(id: string, value: Flow): Decision<IdAndEtag> {
  return { writes: [{ kind: 'flow', id, value }], answer: answerOf('flow', id) }
}

/** @throws Refusal FLOW_UNKNOWN, for those of other sandboxes too */
export function flowOf(
  configuration: Configuration,
  id: string,
  sandboxName: string,
): Document<'flow'> {
  const document = configuration.get('flow', id)
  if (document?.value.sandboxName !== sandboxName) {
    throw new Refusal('FLOW_UNKNOWN', 'the sandbox has no flow of this id')
  }
  return document
}

function solutionsOfTarget(configuration: Configuration, id: string): readonly string[] {
  return configuration.get('targetConnection', id)?.value.params.solutions ?? []
}
