import type { BackfillOrder } from '@segue/runtime'
import { addOrders } from '../backfill/add-orders.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Decision, Write } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import type { Flow } from '../flow/flow.ts'
import { organisationDefaults, organisationId } from '../organisation/organisation.ts'
import type { Cutover } from './cutover.ts'

/** What a command on a cutover is told from outside. */
export interface CutoverRequest {
  readonly nowMs: number
  readonly actor: string
  readonly newId: () => string
}

/** Notes that flows are held and that a cutover is about to come. */
export function prepareCutover(
  configuration: Configuration,
  { nowMs, actor, newId }: CutoverRequest,
): Decision<Document<'cutover'>> {
  if (legacyOf(configuration).state !== 'enabled') {
    throw new Refusal('LEGACY_INTEGRATION_OFF', 'the legacy integration is not on')
  }
  const prepared = configuration.all('cutover').find(({ value }) => value.state === 'prepared')
  if (prepared !== undefined) {
    throw new Refusal('CUTOVER_EXISTS', 'a cutover is prepared already', { id: prepared.id })
  }
  const flowIds = heldFlows(configuration).map(({ id }) => id)
  const value: Cutover = {
    state: 'prepared',
    flowIds,
    steps: [{ name: 'prepared', atMs: nowMs, by: actor }],
  }
  return written(newId(), value)
}

/**
 * Switches: the legacy integration is off, every held flow is on, and owes its present members. All in one change, so that
 * there is no moment at which neither or both are on; only what the vendor did earlier makes a gap.
 *
 * @param legacyDisabledAtMs when the vendor switched the legacy integration off; undefined: just now
 */
export function switchCutover(
  configuration: Configuration,
  id: string,
  { nowMs, actor, newId }: CutoverRequest,
  given: { readonly legacyDisabledAtMs?: number; readonly ticket?: string } = {},
): Decision<Document<'cutover'>> {
  const cutover = preparedCutover(configuration, id)
  const legacyDisabledAtMs = given.legacyDisabledAtMs ?? nowMs
  if (legacyDisabledAtMs > nowMs) {
    throw new Refusal(
      'CUTOVER_TIME_INVALID',
      'the legacy integration is said to stop in the future',
      {
        errors: [{ pointer: '/legacyDisabledAt', detail: 'is later than now' }],
      },
    )
  }
  const held = heldFlows(configuration)
  if (held.length === 0) throw new Refusal('CUTOVER_NO_FLOW', 'no flow is held')
  const organisation = configuration.get('organisation', organisationId)?.value
  const ticket = given.ticket === undefined ? {} : { ticket: given.ticket }
  const switched: Cutover = {
    ...cutover,
    state: 'switched',
    flowIds: held.map((flow) => flow.id),
    steps: [...cutover.steps, { name: 'switched', atMs: nowMs, by: actor }],
    legacyDisabledAtMs,
    enabledAtMs: nowMs,
    ...ticket,
  }
  const flows = held.map(({ id: flowId, value }): Write => ({
    kind: 'flow',
    id: flowId,
    value: switchedOn(configuration, value, { newId, nowMs, legacyDisabledAtMs }),
  }))
  const { writes, answer } = written(id, switched)
  return {
    writes: [
      {
        kind: 'organisation',
        id: organisationId,
        value: {
          ...(organisation ?? organisationDefaults),
          legacySharing: { state: 'disabled', disabledAtMs: legacyDisabledAtMs, ...ticket },
        },
      },
      ...flows,
      ...writes,
    ],
    answer,
  }
}

/** Gives up a cutover that was not switched: flows stay held. */
export function abandonCutover(configuration: Configuration, id: string): Decision<undefined> {
  preparedCutover(configuration, id)
  return { writes: [{ kind: 'cutover', id, value: undefined }], answer: () => undefined }
}

function written(id: string, value: Cutover): Decision<Document<'cutover'>> {
  return {
    writes: [{ kind: 'cutover', id, value }],
    answer: (after) => {
      const document = after.get('cutover', id)
      if (document === undefined) throw unknown()
      return document
    },
  }
}

function preparedCutover(configuration: Configuration, id: string): Cutover {
  const cutover = configuration.get('cutover', id)?.value
  if (cutover === undefined) throw unknown()
  if (cutover.state === 'switched') {
    throw new Refusal('CUTOVER_SWITCHED', 'the cutover was switched already')
  }
  return cutover
}

function unknown(): Refusal {
  return new Refusal('CUTOVER_UNKNOWN', 'there is no cutover of this id')
}

function legacyOf(configuration: Configuration): { readonly state: 'enabled' | 'disabled' } {
  return (configuration.get('organisation', organisationId)?.value ?? organisationDefaults)
    .legacySharing
}

function heldFlows(configuration: Configuration): readonly Document<'flow'>[] {
  return configuration.all('flow').filter(({ value }) => value.held)
}

/** A held flow, on: with an order to send its members, whatever the setting for backfills is, since the legacy integration's are not its own. */
function switchedOn(
  configuration: Configuration,
  flow: Flow,
  {
    newId,
    nowMs,
    legacyDisabledAtMs,
  }: {
    readonly newId: () => string
    readonly nowMs: number
    readonly legacyDisabledAtMs: number
  },
): Flow {
  const solutions =
    configuration.get('targetConnection', flow.targetConnectionId)?.value.params.solutions ?? []
  const order: BackfillOrder = {
    id: newId(),
    segments: flow.selectors.map(({ segment }) => segment),
    solutions,
    reach: 'members',
    requestedMs: nowMs,
    movedSinceMs: legacyDisabledAtMs,
  }
  const backfills = addOrders(flow.backfills, [order], newId)
  return { ...flow, state: 'enabled', held: false, backfills }
}
