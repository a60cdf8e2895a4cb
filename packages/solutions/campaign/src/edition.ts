import type { Delivery, Receipt, RemovalReceipt, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'

/** What Campaign Standard and Campaign Classic do each in their own way. */
export interface Edition {
  /** Services or groups, by their internal names. */
  readonly counterparts: {
    readonly ensure: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
    readonly rename: (
      segment: Segment,
      name: string,
      displayName: string,
    ) => Promise<SegmentReceipt>
    readonly remove: (segment: Segment, name: string) => Promise<RemovalReceipt>
  }
  readonly deliver: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
}
