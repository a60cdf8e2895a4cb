import type { BackfillOrder } from '@segue/runtime'
import type { Configuration } from '../configuration/configuration.ts'
import type { Decision } from '../configuration/configure.ts'
import { refuseFaults, type Fault } from '../connect/fields.ts'
import type { CommandContext } from '../connect/connection-commands.ts'
import { backfillOrders } from '../flow/backfill-orders.ts'
import { flowOf } from '../flow/flow-commands.ts'
import type { SegmentSelector } from '../flow/flow.ts'
import { addOrders } from './add-orders.ts'

/** What is to be compared and sent anew. */
export interface BackfillRequest {
  readonly flowId: string
  /** `namespace:id`; without them: all that the flow activates. */
  readonly segments?: readonly string[]
  /** Without them: all that the segments are activated for. */
  readonly solutions?: readonly string[]
}

/**
 * Orders that a flow's solutions are sent what they do not know: a repair on demand. By the setting `backfill` that is
 * everybody who is a member; without it only whom the solution was told of before. Of a flow that is off it waits.
 *
 * @throws Refusal FLOW_UNKNOWN; BACKFILL_INVALID
 */
export function orderBackfill(
  configuration: Configuration,
  { flowId, segments, solutions }: BackfillRequest,
  context: CommandContext,
): Decision<readonly BackfillOrder[]> {
  const { value: flow } = flowOf(configuration, flowId, context.sandboxName)
  const activated = new Set(flow.selectors.flatMap((selector) => selector.solutions))
  const known = new Set(flow.selectors.map(({ segment }) => segment))
  const faults: Fault[] = [
    ...faultsOf('/segments', segments, known),
    ...faultsOf('/solutions', solutions, activated),
  ]
  const wanted = flow.selectors
    .filter(({ segment }) => segments?.includes(segment) !== false)
    .map(({ segment, solutions: own }): Pick<SegmentSelector, 'segment' | 'solutions'> => ({
      segment,
      solutions: own.filter((solution) => solutions?.includes(solution) !== false),
    }))
    .filter(({ solutions: own }) => own.length > 0)
  if (wanted.length === 0 && faults.length === 0) {
    faults.push({ pointer: '', detail: 'asks for nothing that the flow activates' })
  }
  refuseFaults('BACKFILL_INVALID', faults)
  const orders = backfillOrders(configuration, wanted, context)
  const backfills = addOrders(flow.backfills, orders, context.newId)
  return {
    writes: [{ kind: 'flow', id: flowId, value: { ...flow, backfills } }],
    answer: () => orders,
  }
}

function faultsOf(
  pointer: string,
  asked: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Fault[] {
  if (asked?.length === 0) return [{ pointer, detail: 'must name one, or be left out' }]
  return (asked ?? []).flatMap((one, index) =>
    known.has(one)
      ? []
      : { pointer: `${pointer}/${index}`, detail: 'is not activated by the flow' },
  )
}
