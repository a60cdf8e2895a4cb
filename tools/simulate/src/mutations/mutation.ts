import type { JobQueue } from '@segue/activation'
import type { Ports } from '@segue/runtime'
import type { MemoryStore } from '@segue/runtime/testing'
import type { Solution } from '@segue/solution-kit'
import type { Invariant } from '../check/verdict.ts'
import type { Trouble } from '../load/plan.ts'
import type { Chance } from '../time/chance.ts'
import type { Time } from '../time/time.ts'

/** A way in which the system could be wrong: a wrapper around something that it is made of. No source is changed. */
export interface Mutation {
  readonly name: string
  /** What a person would have forgotten. */
  readonly what: string
  /** Of these, at least one must find it. */
  readonly finds: readonly Invariant[]
  /** Troubles without which it cannot be seen: seeds have them then. */
  readonly needs?: readonly Trouble[]
  /** A gateway answers before the logs have. */
  readonly answersFirst?: boolean
  /** The store's ports for one worker, as they are carried out. */
  readonly store?: (ports: Ports, broken: Broken) => Ports
  /** A worker's ports, before the network. */
  readonly client?: (ports: Ports, broken: Broken) => Ports
  readonly queue?: <Payload>(
    queue: JobQueue<Payload>,
    name: string,
    broken: Broken,
  ) => JobQueue<Payload>
  readonly solution?: (adapter: Solution, broken: Broken) => Solution
}

/** What a mutation is made with. */
export interface Broken {
  readonly store: MemoryStore
  readonly time: Time
  readonly chance: Chance
}
