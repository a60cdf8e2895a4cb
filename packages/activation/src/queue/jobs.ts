import type { Bucket, Range, ReceiptId } from '@segue/runtime'

/** Activates one due bucket of a partition. */
export interface ActivationJob {
  readonly partition: number
  readonly bucket: Bucket
}

/** Compares what is true with what a solution was told, and has the difference delivered. */
export type BackfillJob = OrderJob | ReconcileJob

/** Makes good what was left out while a solution's backlog of one partition was over its bound. */
export interface ReconcileJob {
  readonly kind: 'reconcile'
  readonly dataflow: string
  readonly solution: string
  readonly partition: number
  /** `first` of the mark: another one has a job of its own. */
  readonly mark: number
  /** How often it has waited, since it last went on. */
  readonly waits: number
}

/** Carries out a backfill's order for one solution. */
export interface OrderJob {
  readonly kind?: never
  readonly dataflow: string
  readonly order: string
  readonly solution: string
  /** Of the dataflows by which it was added: by newer ones there is another job. */
  readonly version: number
  /** The first that may not be ended. */
  readonly partition: number
  /** How often it has waited for rows before to go out, since it last went on. */
  readonly waits: number
}

/** What a person sees in a delivery job, as it was when the rows were written. */
export interface RowCounts {
  readonly rows: number
  readonly realized: number
  readonly exited: number
  /** Segment → rows. */
  readonly segments: Readonly<Record<string, number>>
}

/** Delivers rows to one solution, or does what belongs to that. */
export type DeliveryJob =
  | RangeJob
  | WindowJob
  | SegmentJob
  | FollowJob
  | ResendJob
  | RefreshJob
  | ExitJob

/** One range. `express`: by the solution's faster way, then on into the window. */
export type RangeJob = {
  readonly kind: 'range' | 'express'
  readonly partition: number
  readonly range: Range
  readonly attempt: number
} & RowCounts

/** All that gathered in a window. */
export interface WindowJob {
  readonly kind: 'window'
  readonly dataflow: string
  readonly window: string
  readonly attempt: number
}

/** Makes, renames, labels or removes a segment's counterpart, as the dataflow says when it runs. */
export interface SegmentJob {
  readonly kind: 'segment'
  readonly dataflow: string
  readonly segment: string
  readonly attempt: number
}

/** Asks what became of rows that were accepted. */
export interface FollowJob extends ReceiptId {
  readonly kind: 'follow'
  readonly dataflow: string
  readonly follow: string
  readonly rows: number
  readonly attempt: number
}

/** Tells the solution again of a segment's members: its counterpart was made anew. */
export interface ResendJob {
  readonly kind: 'resend'
  readonly dataflow: string
  readonly segment: string
  readonly attempt: number
}

/** Tells the solution again of what it would forget. */
export interface RefreshJob {
  readonly kind: 'refresh'
  readonly dataflow: string
  readonly attempt: number
}

/** Tells the solution of the exits of a profile that is being erased. */
export interface ExitJob {
  readonly kind: 'exit'
  readonly dataflow: string
  readonly partition: number
  /** Id of the request to erase it. */
  readonly request: string
  readonly attempt: number
}

/** Drives one erasure. */
export interface ErasureJob {
  readonly partition: number
  readonly request: string
}

/** What is looked at from time to time: it waits without being work under way. */
export type UpkeepJob = RefreshUpkeepJob | RetireJob

/** Adds the refreshes of a dataflow's memberships at a solution. */
export interface RefreshUpkeepJob {
  readonly kind?: never
  readonly solution: string
  readonly dataflow: string
}

/** Removes what is left of a dataflow whose flow was deleted, once nothing of it is under way. */
export interface RetireJob {
  readonly kind: 'retire'
  readonly dataflow: string
  readonly attempt: number
}
