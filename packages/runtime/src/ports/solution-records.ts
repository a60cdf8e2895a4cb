/** A receipt of one call, kept for audit: what `GET /v1/profiles` shows beside what was sent. */
export interface CallReceipt {
  readonly dataflow: string
  readonly rows: number
  readonly delivered: number
  /** The solution's own ids of the requests, at most a few. */
  readonly requestIds: readonly string[]
}

/** Receipts kept a solution. */
export const receiptsLimit = 10_000

/** What is kept of a solution beside the ledger, in a slot of its own. */
export interface SolutionRecords {
  /** Keeps a receipt. Its id is its time (epoch ms) and a number within that. */
  readonly addReceipt: (
    solution: string,
    receipt: CallReceipt,
  ) => Promise<{ readonly receiptMs: number; readonly receiptSequence: number }>
  readonly receipt: (
    solution: string,
    receiptMs: number,
    receiptSequence: number,
  ) => Promise<CallReceipt | undefined>
  /** The segment's counterpart in the solution (a list id, a trait sid), where it is known. */
  readonly remoteId: (
    solution: string,
    dataflow: string,
    segment: string,
  ) => Promise<string | undefined>
  readonly setRemoteId: (
    solution: string,
    dataflow: string,
    segment: string,
    remoteId: string,
  ) => Promise<void>
  readonly removeRemoteId: (solution: string, dataflow: string, segment: string) => Promise<void>
}
