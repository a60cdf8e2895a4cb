/** Who owns a partition (design §7). */
export interface Ownership {
  /** Says that this worker lives, for `livenessMs`; also called to start. Answers the store's time, epoch ms. */
  readonly renew: () => Promise<number>
  /**
   * Takes the partition if nobody does or its owner's worker is gone.
   * @returns the nonce that commits must carry, or undefined where another live worker has it
   */
  readonly take: (partition: number) => Promise<string | undefined>
  /** Gives the partition up, if `nonce` still owns it. */
  readonly release: (partition: number, nonce: string) => Promise<void>
  /** Says that this worker is gone. */
  readonly leave: () => Promise<void>
  /** Who owns each partition: the worker's name, undefined where nobody does. */
  readonly owners: () => Promise<readonly (string | undefined)[]>
}

/** A worker that did not renew for this long counts as gone. Two renewals may be missed. */
export const livenessMs = 5_000
