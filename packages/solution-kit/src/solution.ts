import type { Identity, Segment } from '@segue/model'
import type { FollowReceipt, Receipt, RemovalReceipt, SegmentReceipt } from './receipt.ts'

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
  /**
   * For a solution that takes full state, all that it is to know of the profile once this row is applied, this row's own
   * membership among it; one entry a segment. Of two rows of a profile the one with the newer revision has the newer state.
   */
  readonly state?: readonly KnownMembership[]
}

/** One membership of a profile's full state. */
export interface KnownMembership {
  readonly segment: Segment
  readonly status: 'realized' | 'exited'
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

/** How long the solution says that something takes, to be shown beside it: a promise of its vendor, not of ours. */
export interface Readiness {
  /** What is ready then: `names of segments`, `usable for targeting`. */
  readonly what: string
  readonly withinMs: number
}

/** A solution behind its adapter. The engine decides when and how often; the adapter maps, sends, and says what happened. */
export interface Solution {
  readonly name: string
  /** Identity namespaces the solution takes; a profile with none of them is excluded by the engine. */
  readonly namespaces: readonly string[]
  readonly aggregation: Aggregation
  /** `full-state`: what is sent of a profile replaces all that was sent before, so every row has the profile's `state`. */
  readonly takes: 'changes' | 'full-state'
  /** The solution's documented times, in order. */
  readonly readiness: readonly Readiness[]
  /**
   * The solution forgets a membership that it does not hear of again: the engine sends what is realized once more after this
   * long. Undefined: what was told stays told.
   */
  readonly refreshAfterMs?: number
  /**
   * `segment-status`: each call is about one segment and one status, so the engine hands rows sorted that way;
   * `none`: any rows may travel together.
   */
  readonly poolBy: 'segment-status' | 'none'
  /** Calls of `deliver` that may run at once in this process. */
  readonly maxConcurrentCalls: number
  /** Finds or creates the segment's counterpart. Idempotent: asked again after a crash. */
  readonly ensureSegment: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  /** Gives the segment's counterpart this name. Idempotent; a counterpart that is gone answers `retry` with `SEGMENT_GONE`. */
  readonly renameSegment: (
    segment: Segment,
    remoteId: string,
    displayName: string,
  ) => Promise<SegmentReceipt>
  /**
   * Gives the segment's counterpart these data usage labels (`C3`, …), as far as the solution can hold them, in place of those
   * that it was given before. Idempotent; a counterpart that is gone answers `retry` with `SEGMENT_GONE`. Left out where the
   * solution has nothing that a label could become. Asked before the first row of a labelled segment, and after each change.
   */
  readonly labelSegment?: (
    segment: Segment,
    remoteId: string,
    labels: readonly string[],
  ) => Promise<SegmentReceipt>
  /** Removes the counterpart, and with it its members as far as the solution can. One that is not there counts as removed. */
  readonly removeSegment: (segment: Segment, remoteId: string) => Promise<RemovalReceipt>
  /** Sends rows. Answers one receipt a row, in order; never throws for what a solution answered. */
  readonly deliver: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
  /**
   * A faster path beside `deliver` that is never the only one (Audience Manager's DCS): the engine calls it at once with
   * rows that are `realized` and still delivers each of them through `deliver`, unless it was rejected here.
   */
  readonly express?: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
  /**
   * Asks what became of rows that were accepted and not applied, by the `follow` of their receipts; only where the solution
   * can be asked. Never throws for what a solution answered.
   */
  readonly follow?: (follow: string) => Promise<FollowReceipt>
  readonly close: () => Promise<void>
}
