/**
 * What could not be read is set aside by the commit that steps over it, so that one damaged entry does not stop its partition.
 * It stays, within a bound, until somebody has it stepped again or discards it.
 */
export interface SetAsides {
  /** All of a partition, as they were packed. */
  readonly list: (partition: number) => Promise<readonly SetAsidePacked[]>
  /** Appends a batch of it to the log again, and forgets that it was set aside; false where it is not there any more. */
  readonly replay: (
    partition: number,
    place: string,
    batch: { readonly payload: Uint8Array; readonly records: number },
  ) => Promise<boolean>
  /** Forgets it; false where it is not there any more. */
  readonly discard: (partition: number, place: string) => Promise<boolean>
}

/** Something that was set aside, packed (`packSetAside`). */
export interface SetAsidePacked {
  /** `<id of its log entry>|<code>`. */
  readonly place: string
  readonly packed: Uint8Array
}

/** Kept a partition. Where there are more, the partition stops: something is wrong with all of it, and nothing may be lost. */
export const setAsidesLimit = 1_000
