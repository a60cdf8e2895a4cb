/** A receipt of one call, kept for audit: what `GET /v1/profiles` shows beside what was sent. */
export interface CallReceipt {
  readonly dataflow: string
  readonly rows: number
  readonly delivered: number
  /** The solution's own ids of the requests, at most a few. */
  readonly requestIds: readonly string[]
  /** The trace that the call was part of. */
  readonly traceId?: string
}

/** Receipts kept a solution. */
export const receiptsLimit = 10_000

/** A receipt's id: its time, epoch milliseconds of the store, and a number within that. */
export interface ReceiptId {
  readonly receiptMs: number
  readonly receiptSequence: number
}

/** Rows that a solution accepted and is not known to have applied. */
export interface AcceptedRows extends ReceiptId {
  readonly dataflow: string
  readonly rows: number
  /** What the solution is asked with. */
  readonly follow: string
  /** The solution has lost them: they are to be told again, and nothing waits until they are applied. */
  readonly lost?: true
}

/** Accepted rows that are followed at once, a solution; what comes beyond is accepted and not followed. */
export const followedLimit = 10_000

/** Why nothing is sent to a solution just now. */
export interface SolutionPause {
  readonly code: string
  readonly detail: string
  /** The setting to look at, where one is wrong. */
  readonly setting?: string
  /** Since when this has been the trouble, epoch milliseconds. */
  readonly sinceMs: number
  /** When it is tried again. */
  readonly untilMs: number
}

/** What a solution says of itself, for those who cannot ask its adapter. */
export interface SolutionDescription {
  readonly namespaces: readonly string[]
  readonly readiness: readonly { readonly what: string; readonly withinMs: number }[]
}

/** What is kept of a solution beside the ledger, in a slot of its own. */
/** Losses of a dataflow that are told apart in an hour. */
export const lossesCountedMax = 1_000

export interface SolutionRecords {
  /** Keeps a receipt. */
  readonly addReceipt: (solution: string, receipt: CallReceipt) => Promise<ReceiptId>
  readonly receipt: (
    solution: string,
    receiptMs: number,
    receiptSequence: number,
  ) => Promise<CallReceipt | undefined>
  /** Notes rows that are to be followed. False where there are too many already. */
  readonly follow: (solution: string, accepted: AcceptedRows) => Promise<boolean>
  /** Rows that are followed, oldest first. */
  readonly followed: (solution: string) => Promise<readonly AcceptedRows[]>
  /** How it is with the rows of these receipts; undefined: they are applied, as far as anybody asks. */
  readonly following: (
    solution: string,
    ids: readonly ReceiptId[],
  ) => Promise<readonly ('waiting' | 'lost' | undefined)[]>
  /** Notes that the solution has lost rows, which are followed until they are told again. */
  readonly lose: (solution: string, accepted: AcceptedRows) => Promise<void>
  /** They are applied, or given up. */
  readonly unfollow: (solution: string, id: ReceiptId) => Promise<void>
  /**
   * Counts rows that a solution lost, each receipt once however often it is said.
   * @returns the how manieth loss of the dataflow it is in the hour that began with the first; one more than `lossesCountedMax` for
   *   each beyond that many
   */
  readonly countLoss: (solution: string, dataflow: string, id: ReceiptId) => Promise<number>
  readonly pause: (solution: string) => Promise<SolutionPause | undefined>
  /** @param pause undefined: it works again. The time since when stays where the code is the same */
  readonly setPause: (solution: string, pause: SolutionPause | undefined) => Promise<void>
  readonly description: (solution: string) => Promise<SolutionDescription | undefined>
  readonly describe: (solution: string, description: SolutionDescription) => Promise<void>
  /**
   * Takes or renews a lock over all processes.
   * @returns false where somebody else has it
   */
  readonly lock: (
    solution: string,
    what: string,
    token: string,
    leaseMs: number,
  ) => Promise<boolean>
  /** Gives the lock back, if it is this token's. */
  readonly unlock: (solution: string, what: string, token: string) => Promise<void>
}
