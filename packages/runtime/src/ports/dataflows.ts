/** Which segments go to which solutions, and how (design §8). */
export interface Dataflow {
  /** Lower-case letters, digits and dashes; at most 40. */
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** How long a change waits for its opposite before it goes out, in milliseconds. */
  readonly activationDelayMs: number
  /** Solutions in the order of the bits of outbox rows: append only; at most 16. */
  readonly solutions: readonly string[]
  /** Segment → the solutions it is activated for, and its name there. */
  readonly segments: Readonly<Record<string, SegmentActivation>>
  /** Only a profile's primary identity goes out, its profile key; else all that the solution takes. */
  readonly primaryIdentityOnly?: boolean
  /** Sends that are owed beside the stream. At most `backfillOrdersLimit`. */
  readonly backfills?: readonly BackfillOrder[]
  /** Version of the configuration that it was made from: one of an older configuration never replaces a newer one. */
  readonly revision?: number
  /** Its flow was deleted: what stands for its segments is removed, what is under way ends, and then it is removed itself. */
  readonly retired?: boolean
}

export interface SegmentActivation {
  readonly name: string
  readonly solutions: readonly string[]
  /** Data usage labels that travel with it, e.g. `C1`; absent: none. */
  readonly labels?: readonly string[]
}

/** An order to compare the state with what solutions were told, and to send the difference (design §8, "Reconcile"). */
export interface BackfillOrder {
  /** Letters, digits and dashes; another one for each order. */
  readonly id: string
  /** `namespace:id`. */
  readonly segments: readonly string[]
  readonly solutions: readonly string[]
  /**
   * `members`: whoever is a member now and the solution does not know it, and whoever it was told of and is no member any more.
   * `told`: only memberships that the solution was told of before.
   */
  readonly reach: 'members' | 'told'
  /** Epoch milliseconds. */
  readonly requestedMs: number
  /** Of memberships that the solution was never told of, only those that changed since then, epoch ms; absent: all. */
  readonly newFromMs?: number
  /** Changes from then on are counted apart as moved: the gap of a cutover. Epoch milliseconds. */
  readonly movedSinceMs?: number
}

/** The dataflows of a sandbox. */
export interface Dataflows {
  readonly list: () => Promise<readonly Dataflow[]>
  /** Grows with every put. Whoever reads it before `list` knows at least the dataflows of that version. */
  readonly version: () => Promise<number>
  /**
   * Creates or replaces a dataflow. Once it returns, no commit goes by older dataflows: what is appended afterwards is
   * routed by this one or a newer. One whose `revision` is older than that of what is there changes nothing.
   */
  readonly put: (dataflow: Dataflow) => Promise<void>
  /**
   * Notes that all is put by the configuration of this revision, or a newer: no dataflow made from an older one is put any more,
   * whether one of its id is there or not.
   */
  readonly settle: (revision: number) => Promise<void>
  /**
   * Removes a retired dataflow as it was listed, and settles its revision. Does nothing where it is not retired, or is another by
   * now.
   */
  readonly remove: (id: string, revision: number) => Promise<void>
  /** Calls `changed` after each change by anybody, until the returned function is called. */
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>
}

export const backfillOrdersLimit = 100
export const activationDelayDefaultMs = 10_000
export const solutionsPerDataflowLimit = 16
