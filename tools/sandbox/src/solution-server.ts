import type { FastifyInstance } from 'fastify'
import type { Clock } from './clock/clock.ts'
import type { Faults } from './faults/faults.ts'
import type { Journal } from './journal/journal.ts'

/** What every solution's servers share. */
export interface ServerContext {
  readonly clock: Clock
  readonly faults: Faults
  readonly journal: Journal
  /** Seed of every random choice. */
  readonly seed: number
  /** Says that something changed which a restart must still have. */
  readonly touch: () => void
}

/** A seed that names no usable field, or one that is not there. */
export class SeedInvalid extends Error {
  readonly code = 'SANDBOX_SEED_INVALID'
}

/** A segment's counterpart as a solution holds it, with everybody whom it has applied. */
export interface Counterpart {
  readonly name: string
  /** The id by which the sharing side knows the segment: found in a description, an integration code, a key. */
  readonly segment: string
  /** `namespace:id`, sorted. */
  readonly members: readonly string[]
}

/** What a seed came to. */
export interface Seeded {
  readonly created: number
  readonly ids: readonly (string | number)[]
}

/**
 * One solution in the sandbox: its servers, what it holds, and what tests may do to it. `Ready` is its part of the ready
 * line: addresses, credentials, ids.
 */
export interface SolutionServer<Ready> {
  /** As fault plans, the journal and `GET /control/members` name it. */
  readonly solution: string
  /** Its servers by a name of its own; each gets a port. */
  readonly apps: Readonly<Record<string, FastifyInstance>>
  /** @param urls origins by the names of `apps` */
  readonly ready: (urls: Readonly<Record<string, string>>) => Ready
  /** By the id under which the solution knows each counterpart. */
  readonly members: () => Readonly<Record<string, Counterpart>>
  /** Files, batches and rows that were accepted and not applied yet. */
  readonly pending: () => number
  /** Applies now what was accepted, whatever the clock says. */
  readonly process: () => Promise<void>
  /**
   * Makes people known whom the solution must have before it takes memberships of them. Known ones stay as they are.
   * @param people fields by name, as `POST /control/seed` has them under the solution's name
   * @returns how many were made, and each person's id there, in order
   * @throws SeedInvalid
   */
  readonly seed?: (people: readonly Readonly<Record<string, string>>[]) => Seeded
  /** Further control routes; a path of its own. */
  readonly control?: (app: FastifyInstance) => void
  /** JSON-shaped; what `restore` takes after a restart. */
  readonly snapshot: () => unknown
  readonly restore: (kept: unknown) => void
}
