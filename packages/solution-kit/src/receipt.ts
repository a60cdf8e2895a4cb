import type { RemoteObject } from './remote-object.ts'

/** A solution's answer for one row. The verdict is the adapter's; how often to try again is the engine's. */
export type Receipt =
  | {
      readonly status: 'delivered'
      /** False where the solution only accepted the row and applies it later. */
      readonly applied: boolean
      /** The solution's own id of the request, for its support and for audit. */
      readonly requestId?: string
      /**
       * Where it is only accepted and the solution can be asked: what `Solution.follow` asks with, the same for all rows that
       * are applied together. At most 500 characters, no identity and no secret: it is kept, and shown in the queues.
       */
      readonly follow?: string
    }
  | {
      readonly status: 'retry'
      readonly code: string
      /** Wait at least this long; the engine may wait longer. */
      readonly afterMs: number
      /** `row`: this row had trouble. `solution`: nothing more is worth sending until then (rate limit, quota, outage). */
      readonly scope: 'row' | 'solution'
      /** True where the solution may have applied the row all the same (time-out, dropped connection, 5xx after sending). */
      readonly inDoubt: boolean
      readonly detail?: string
    }
  | {
      readonly status: 'rejected'
      readonly code: string
      /** `excluded`: the row is not for this solution (opt-out, unknown person). `failed`: it should have worked. */
      readonly kind: 'excluded' | 'failed'
      readonly detail?: string
    }
  | {
      /** A setting is wrong (credentials, missing list, unknown data source): nothing can succeed until somebody mends it. */
      readonly status: 'misconfigured'
      readonly code: string
      /** The setting to look at. */
      readonly setting: string
      readonly detail?: string
    }

/** The answer of `ensureSegment`, `renameSegment` and `labelSegment`. */
export type SegmentReceipt =
  | {
      readonly status: 'ready'
      readonly remoteId: string
      /** What stands for the segment now, all of it; left out where nothing is known of it that was not said before. */
      readonly objects?: readonly RemoteObject[]
    }
  | Exclude<Receipt, { readonly status: 'delivered' }>

/** The answer of `removeSegment`. */
export type RemovalReceipt =
  | {
      readonly status: 'removed'
      /** What the solution keeps all the same, for a person: `members stay until their window ends`. */
      readonly remains?: string
    }
  | Exclude<Receipt, { readonly status: 'delivered' }>

/** The answer of `follow`: what became of rows that were accepted. */
export type FollowReceipt =
  | { readonly status: 'applied' }
  /** Not yet; ask again no sooner than this. */
  | { readonly status: 'waiting'; readonly afterMs: number }
  /** Some or all of them were lost on the way, and are to be sent again. */
  | { readonly status: 'not-applied'; readonly code: string; readonly detail?: string }
  /** The question had trouble; nothing is known. */
  | Extract<Receipt, { readonly status: 'retry' | 'misconfigured' }>

/**
 * Code of a `retry` by which an adapter says that the row's `remoteId` names nothing any more (a deleted list or trait):
 * the engine asks `ensureSegment` again before it repeats the row.
 */
export const segmentGone = 'SEGMENT_GONE'
