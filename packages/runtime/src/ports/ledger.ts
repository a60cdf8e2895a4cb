import type { Range } from './outbox.ts'

/** A profile that a delivery is about to tell a solution of. */
export interface Claim {
  readonly profileKey: string
  /**
   * Dictionary indices of the segments concerned; noted as doubts until settled. With those noted before, at most as many
   * as there may be segments.
   */
  readonly segments: readonly number[]
}

/** The answer to a claim: the profile and the ledger's entry as they are now, under the claim's lock. */
export type Claimed =
  | {
      readonly status: 'claimed'
      readonly profile: Buffer | undefined
      readonly entry: Buffer | undefined
    }
  /** Another delivery tells this solution of this profile just now. */
  | { readonly status: 'busy' }

/** What became of one row of a range. `activated`, `coalesced`, `excluded:CODE` or `failed:CODE`. */
export interface RowOutcome {
  /** Position in the range. */
  readonly row: number
  readonly profileKey: string
  readonly outcome: string
}

/** A row that failed for good, kept so that a person can see it and have it sent again. */
export interface DeadLetter {
  readonly profileKey: string
  readonly segment: number
  readonly code: string
  readonly detail: string
  /** Epoch milliseconds. */
  readonly atMs: number
  readonly attempts: number
}

/** Ends a delivery's claims with what came of them. */
export interface Settlement {
  readonly dataflow: string
  readonly solution: string
  readonly token: Buffer
  /** Entries to write; undefined: nothing is known any more. Written only where the claim still holds. */
  readonly entries: readonly { readonly profileKey: string; readonly entry: Buffer | undefined }[]
  readonly rows: readonly { readonly range: Range; readonly outcomes: readonly RowOutcome[] }[]
  /** Profile keys, one for each membership that was told again without a row that asked for it: counted as `resent`. */
  readonly resent: readonly string[]
  /** Kept where the claim of their profile was not lost: else their rows are still to do. */
  readonly deadLetters: readonly DeadLetter[]
}

/** A part of a ledger. */
export interface LedgerPart {
  readonly cursor: string
  readonly entries: readonly { readonly profileKey: string; readonly entry: Buffer }[]
}

/** What each solution was told of each profile: one send a (solution, profile) at a time (design §6, invariant 5). */
export interface Ledger {
  /** Claims profiles for one delivery. In the order of `claims`. */
  readonly claim: (
    partition: number,
    dataflow: string,
    solution: string,
    token: Buffer,
    leaseMs: number,
    claims: readonly Claim[],
  ) => Promise<readonly Claimed[]>
  /**
   * Keeps claims alive for `leaseMs` from now, as far as the token still holds them.
   * @returns how many it holds
   */
  readonly renew: (
    partition: number,
    dataflow: string,
    solution: string,
    token: Buffer,
    leaseMs: number,
    profileKeys: readonly string[],
  ) => Promise<number>
  /**
   * Writes entries, releases their claims, marks rows done and counts each in the books exactly once, in one step.
   * @returns the profile keys whose claim was lost: what was sent for them is in doubt, and their rows stay to do
   */
  readonly settle: (partition: number, settlement: Settlement) => Promise<readonly string[]>
  /** Entries in the order of the keys, with no claim; undefined where there is none. */
  readonly entries: (
    partition: number,
    dataflow: string,
    solution: string,
    profileKeys: readonly string[],
  ) => Promise<readonly (Buffer | undefined)[]>
  /**
   * Reads the ledger part after part. An entry that stays is met at least once, however the ledger changes meanwhile.
   * @param cursor '0' to begin; then what the last part answered
   * @returns the next cursor, '0' at the end, and about `count` entries
   */
  readonly scan: (
    partition: number,
    dataflow: string,
    solution: string,
    cursor: string,
    count: number,
  ) => Promise<LedgerPart>
  /** Dead letters of a partition and solution, at most `limit`. */
  readonly deadLetters: (
    partition: number,
    dataflow: string,
    solution: string,
    limit: number,
  ) => Promise<readonly DeadLetter[]>
  /** The dead letters of one profile, in the order of the segments (dictionary indices); undefined where there is none. */
  readonly deadLettersOf: (
    partition: number,
    dataflow: string,
    solution: string,
    profileKey: string,
    segments: readonly number[],
  ) => Promise<readonly (DeadLetter | undefined)[]>
  /**
   * Forgets all that one solution was told of one partition's profiles by a dataflow, its dead letters and its books. To be called
   * only once nothing of it is under way.
   */
  readonly forget: (partition: number, dataflow: string, solution: string) => Promise<void>
  /** How many dead letters a partition and solution have. */
  readonly deadLetterCount: (
    partition: number,
    dataflow: string,
    solution: string,
  ) => Promise<number>
}

/** Dead letters kept a partition, dataflow and solution; the books count those beyond it too. */
export const deadLettersLimit = 10_000
