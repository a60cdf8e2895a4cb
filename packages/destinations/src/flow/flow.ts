import type { BackfillOrder } from '@segue/runtime'

/** A dataflow from the profile store to the destination: which segments go to which of its solutions. */
export interface Flow {
  readonly sandboxName: string
  readonly name: string
  readonly description: string
  readonly state: 'enabled' | 'disabled'
  readonly sourceConnectionId: string
  readonly targetConnectionId: string
  readonly selectors: readonly SegmentSelector[]
  /** Sends that are owed beside the stream: of members that were there before. */
  readonly backfills: readonly BackfillOrder[]
  /** Made while the legacy integration was on: enabling it is the cutover's part. */
  readonly held: boolean
}

/** One activated segment. */
export interface SegmentSelector {
  /** `namespace:id`. */
  readonly segment: string
  /** Solutions it is activated for, among the target connection's. */
  readonly solutions: readonly string[]
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  readonly updatedAtMs: number
}
