/** What is kept of a segment's counterpart in a solution: the list, trait or audience that stands for it there. */
export interface Counterpart {
  /** The solution's id of it; undefined where it was removed or is not made yet. */
  readonly remoteId: string | undefined
  /** The name that it was last given. */
  readonly name: string
  /**
   * Grows with every counterpart that was made. A ledger record of an older one says nothing of this one's members.
   */
  readonly generation: number
  /** Why the last try to make, rename or remove it failed. */
  readonly trouble?: CounterpartTrouble
}

export interface CounterpartTrouble {
  readonly code: string
  readonly detail: string
  /** The setting to look at, where one is wrong. */
  readonly setting?: string
  /** Epoch milliseconds. */
  readonly atMs: number
}

/** Generations a counterpart may have: the ledger keeps two bytes. Then they begin again. */
export const generationsLimit = 65_535

/** Segments' counterparts in the solutions. */
export interface Counterparts {
  readonly get: (
    solution: string,
    dataflow: string,
    segment: string,
  ) => Promise<Counterpart | undefined>
  /** All of a dataflow, by segment. */
  readonly all: (solution: string, dataflow: string) => Promise<ReadonlyMap<string, Counterpart>>
  /** It is there under this id and name. Another id than before is another generation. Clears its trouble. */
  readonly ready: (
    solution: string,
    dataflow: string,
    segment: string,
    remoteId: string,
    name: string,
  ) => Promise<Counterpart>
  /** The one with this id is there no more. Clears its trouble. Nothing where another has taken its place. */
  readonly gone: (
    solution: string,
    dataflow: string,
    segment: string,
    remoteId: string,
  ) => Promise<void>
  readonly failed: (
    solution: string,
    dataflow: string,
    segment: string,
    trouble: CounterpartTrouble,
  ) => Promise<void>
}
