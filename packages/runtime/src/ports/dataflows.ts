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
}

export interface SegmentActivation {
  readonly name: string
  readonly solutions: readonly string[]
}

/** The dataflows of a sandbox. */
export interface Dataflows {
  readonly list: () => Promise<readonly Dataflow[]>
  /** Grows with every put. Whoever reads it before `list` knows at least the dataflows of that version. */
  readonly version: () => Promise<number>
  /**
   * Creates or replaces a dataflow. Once it returns, no commit goes by older dataflows: what is appended afterwards is
   * routed by this one or a newer.
   */
  readonly put: (dataflow: Dataflow) => Promise<void>
  /** Calls `changed` after each change by anybody, until the returned function is called. */
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>
}

export const activationDelayDefaultMs = 10_000
export const solutionsPerDataflowLimit = 16
