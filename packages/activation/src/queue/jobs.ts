import type { Bucket, Range } from '@segue/runtime'

/** Activates one due bucket of a partition. */
export interface ActivationJob {
  readonly partition: number
  readonly bucket: Bucket
}

/** What a person sees in a delivery job, as it was when the rows were written. */
export interface RowCounts {
  readonly rows: number
  readonly realized: number
  readonly exited: number
  /** Segment → rows. */
  readonly segments: Readonly<Record<string, number>>
}

/** Delivers rows to one solution. */
export type DeliveryJob =
  /** One range. `express`: by the solution's faster way, then on into the window. */
  | ({
      readonly kind: 'range' | 'express'
      readonly partition: number
      readonly range: Range
      readonly attempt: number
    } & RowCounts)
  /** All that gathered in a window. */
  | {
      readonly kind: 'window'
      readonly dataflow: string
      readonly window: string
      readonly attempt: number
    }
