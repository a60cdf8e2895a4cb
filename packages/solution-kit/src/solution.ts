import type { Identity, Segment } from '@segue/model'
import type { Receipt, SegmentReceipt } from './receipt.ts'

/** One row to deliver: what one solution should know of one profile and one segment. */
export interface Delivery {
  /** The profile's identities in the namespaces that the solution takes; never empty. */
  readonly identities: readonly Identity[]
  readonly segment: Segment
  /** What `ensureSegment` answered for the segment: a list id, a trait sid. */
  readonly remoteId: string
  readonly status: 'realized' | 'exited'
  /** When the state behind this row changed, epoch milliseconds: the order of revisions is the order of truth. */
  readonly revisionMs: number
}

/**
 * How rows are gathered into calls, with the Destination SDK's names (`reference/platform.md` §3.1).
 * `BEST_EFFORT`: as soon as rows are due. `CONFIGURABLE_AGGREGATION`: few large deliveries, a window each.
 */
export type Aggregation =
  | { readonly aggregationType: 'BEST_EFFORT'; readonly maxUsersPerRequest: number }
  | {
      readonly aggregationType: 'CONFIGURABLE_AGGREGATION'
      readonly maxBatchAgeInSecs: number
      readonly maxNumEventsInBatch: number
    }

/** A solution behind its adapter. The engine decides when and how often; the adapter maps, sends, and says what happened. */
export interface Solution {
  readonly name: string
  /** Identity namespaces the solution takes; a profile with none of them is excluded by the engine. */
  readonly namespaces: readonly string[]
  readonly aggregation: Aggregation
  /**
   * `segment-status`: each call is about one segment and one status, so the engine hands rows sorted that way;
   * `none`: any rows may travel together.
   */
  readonly poolBy: 'segment-status' | 'none'
  /** Calls of `deliver` that may run at once in this process. */
  readonly maxConcurrentCalls: number
  /** Finds or creates the segment's counterpart. Idempotent: asked again after a crash. */
  readonly ensureSegment: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  /** Sends rows. Answers one receipt a row, in order; never throws for what a solution answered. */
  readonly deliver: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
  /**
   * A faster path beside `deliver` that is never the only one (Audience Manager's DCS): the engine calls it at once with
   * rows that are `realized` and still delivers each of them through `deliver`, unless it was rejected here.
   */
  readonly express?: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
  readonly close: () => Promise<void>
}
