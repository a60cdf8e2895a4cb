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
  /** The data usage labels that it was last told of, sorted; absent: none. */
  readonly labels?: readonly string[]
  /** What stands for the segment there, so that a person finds it; absent where the solution does not say. */
  readonly objects?: readonly CounterpartObject[]
  /** Its removal was begun, and nobody knows how that ended: it is told of nobody until it is known to be gone. */
  readonly removing?: true
  /** Why the last try to make, rename, label or remove it failed. */
  readonly trouble?: CounterpartTrouble
}

/** One object of a solution that stands for a segment, or that the segment is in. */
export interface CounterpartObject {
  /** The solution's own word: `trait`, `static list`. */
  readonly kind: string
  readonly name: string
  readonly id?: string
  /** Where it is found: `folder`, `data source`, by the solution's own words. */
  readonly in?: Readonly<Record<string, string>>
  /** What else it shows of itself: `type`, `integration code`. */
  readonly has?: Readonly<Record<string, string>>
}

export interface CounterpartTrouble {
  readonly code: string
  readonly detail: string
  /** The setting to look at, where one is wrong. */
  readonly setting?: string
  /** Epoch milliseconds. */
  readonly atMs: number
}

/** What is known of a counterpart that is there. What is left out stays as it is kept of the same counterpart. */
export interface CounterpartReady {
  readonly remoteId: string
  readonly name?: string
  readonly labels?: readonly string[]
  readonly objects?: readonly CounterpartObject[]
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
  /** It is there as the solution says. Another id than before is another generation. Clears its trouble. */
  readonly ready: (
    solution: string,
    dataflow: string,
    segment: string,
    counterpart: CounterpartReady,
  ) => Promise<Counterpart>
  /** The removal of the one with this id begins, or is known not to have happened. Nothing where another has taken its place. */
  readonly removal: (
    solution: string,
    dataflow: string,
    segment: string,
    remoteId: string,
    state: 'begun' | 'refused',
  ) => Promise<void>
  /** The one with this id is there no more. Clears its trouble. Nothing where another has taken its place. */
  readonly gone: (
    solution: string,
    dataflow: string,
    segment: string,
    remoteId: string,
  ) => Promise<void>
  /** Forgets all that is kept of a dataflow's segments at a solution. */
  readonly forget: (solution: string, dataflow: string) => Promise<void>
  readonly failed: (
    solution: string,
    dataflow: string,
    segment: string,
    trouble: CounterpartTrouble,
  ) => Promise<void>
}
