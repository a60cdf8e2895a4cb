/** What is kept in one partition because one solution has not been told of it yet, of one dataflow. */
export interface Backlog {
  readonly dataflow: string
  readonly solution: string
  /** Rows of the buckets that wait for the solution, each bucket counted as at least `bucketWeightMin`. */
  readonly heldRows: number
  /** Rows were left out, and a reconcile is to bring what they would have brought. */
  readonly due?: ReconcileDue
}

export interface ReconcileDue {
  /** Tells this mark from those before it: given when the first bucket's rows were left out. */
  readonly first: number
  /** Given anew with each bucket whose rows were left out. */
  readonly last: number
  /** Epoch milliseconds. */
  readonly sinceMs: number
  /** No row that was left out is of a change before this, epoch ms. */
  readonly fromMs: number
  /** Rows that were left out. */
  readonly rows: number
}

/**
 * A solution that takes less than it gets does not fill the store: over a bound, rows for it are left out when their bucket is
 * planned (`Outbox.plan`), counted as `excluded:BACKLOG_FULL`, and the dataflow and solution are marked *reconcile due* in that
 * partition (design §8).
 */
export interface Backlogs {
  /** Of a partition: those that hold something or are marked. */
  readonly all: (partition: number) => Promise<readonly Backlog[]>
  /**
   * Takes a mark away, where nothing was left out since it was `last`, and drops the progress of its reconciles in any case.
   * @returns whether the dataflow and solution are unmarked now
   */
  readonly finish: (
    partition: number,
    dataflow: string,
    solution: string,
    last: number,
  ) => Promise<boolean>
}

/** A bucket's keys and its job take as much of the store as so many rows. */
export const bucketWeightMin = 32
/** What rows are counted as that were left out, since the solution's backlog was over its bound. */
export const backlogFullOutcome = 'excluded:BACKLOG_FULL'

const reconcilePrefix = 'reconcile-'

/** Id of the order by which a mark's reconcile goes on: one of the engine's own, which no configuration has. */
export function reconcileOrderId(last: number): string {
  return `${reconcilePrefix}${last}`
}

/** The `last` of the mark whose reconcile it is; undefined where the order is a configuration's. */
export function reconcileOf(order: string): number | undefined {
  if (!order.startsWith(reconcilePrefix)) return undefined
  const last = Number(order.slice(reconcilePrefix.length))
  return Number.isSafeInteger(last) ? last : undefined
}
