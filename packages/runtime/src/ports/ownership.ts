/** Who owns a partition (design §7). */
export interface Ownership {
  /** Name of this worker. */
  readonly worker: string
  /**
   * Says that this worker lives, for `livenessMs`; also called to join. Workers that are silent for longer are forgotten.
   *
   * @param presence what others may know of this worker; default: a worker of which nothing is known
   */
  readonly renew: (presence?: Presence) => Promise<Renewal>
  /**
   * Takes the partition if nobody has it, this worker had it, or its owner's worker is gone.
   * @returns the nonce that commits must carry, or undefined where another live worker has it
   */
  readonly take: (partition: number) => Promise<string | undefined>
  /** Gives the partition up, if `nonce` still owns it. */
  readonly release: (partition: number, nonce: string) => Promise<void>
  /** Says that this worker is gone. */
  readonly leave: () => Promise<void>
  /** Who owns each partition: the worker's name, undefined where nobody does. */
  readonly owners: () => Promise<readonly (string | undefined)[]>
  /** The workers that live, by name. */
  readonly workers: () => Promise<readonly LiveWorker[]>
  /**
   * Calls `changed` soon after a worker joined, began to leave or left, and after a partition was released. A call may be
   * missed, or come for nothing: whoever watches looks from time to time as well.
   * @returns ends it
   */
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>
}

/** What a worker says of itself. */
export interface Presence {
  /** A worker that is leaving lives until it has given up its partitions, and is given none. */
  readonly state: 'live' | 'leaving'
  /** Name of the machine, for people. */
  readonly host?: string
  /** When it started, epoch ms. */
  readonly startedMs?: number
  /** How far its machine's clock is ahead of the store's, ms. */
  readonly skewMs?: number
}

export interface LiveWorker extends Presence {
  readonly name: string
  /** When it counts as gone unless it renews, by the store's clock, epoch ms. */
  readonly untilMs: number
}

export interface Renewal {
  /** The store's time, epoch ms. */
  readonly storeMs: number
  /** All workers that live, this one too, by name. */
  readonly workers: readonly LiveWorker[]
}

/** A worker that did not renew for this long counts as gone. Two renewals may be missed. */
export const livenessMs = 5_000
