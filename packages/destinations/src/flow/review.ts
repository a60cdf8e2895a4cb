import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import { newlyActivated, type Activated } from './backfill-orders.ts'

/** What a change of a flow comes to: the Review step before "Finish" (`reference/platform.md` §4.1). */
export interface FlowReview {
  readonly dryRun: true
  readonly name: string
  readonly state: 'enabled' | 'disabled'
  /** It would wait for the cutover from the legacy integration. */
  readonly held: boolean
  readonly solutions: readonly string[]
  /** Segments that the flow would have. */
  readonly segmentCount: number
  readonly starts: readonly (ReviewedSegment & {
    /** `members`: present members are sent too; `told`: changes from now on; `none`: the flow is off. */
    readonly backfill: 'members' | 'told' | 'none'
  })[]
  readonly removes: readonly ReviewedSegment[]
}

export interface ReviewedSegment {
  /** `namespace:id`. */
  readonly segment: string
  readonly name: string
  readonly solutions: readonly string[]
}

/**
 * @param before the flow as it is; undefined where it is to be made
 * @param flow as it would be
 */
export function reviewFlow(
  configuration: Configuration,
  before: Document<'flow'> | undefined,
  flow: Document<'flow'>,
): FlowReview {
  const { name, state, held, selectors, sandboxName, targetConnectionId, backfills } = flow.value
  const present = before?.value.selectors ?? []
  const known = new Set(before?.value.backfills.map(({ id }) => id))
  const orders = backfills.filter(({ id }) => !known.has(id))
  const named = ({ segment, solutions }: Activated): ReviewedSegment => ({
    segment,
    name:
      configuration.get('segment', segmentDocumentId(sandboxName, segment))?.value.name ?? segment,
    solutions,
  })
  return {
    dryRun: true,
    name,
    state,
    held,
    solutions:
      configuration.get('targetConnection', targetConnectionId)?.value.params.solutions ?? [],
    segmentCount: selectors.length,
    starts: newlyActivated(present, selectors).map((activated) => ({
      ...named(activated),
      backfill:
        orders.find(({ segments }) => segments.includes(activated.segment))?.reach ?? 'none',
    })),
    removes: newlyActivated(selectors, present).map(named),
  }
}
