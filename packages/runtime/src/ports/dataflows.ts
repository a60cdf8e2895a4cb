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
  readonly put: (dataflow: Dataflow) => Promise<void>
  /** Calls `changed` after each change by anybody, until the returned function is called. */
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>
}

export const activationDelayDefaultMs = 10_000
export const solutionsPerDataflowLimit = 16
