import { randomBytes } from 'node:crypto'

/** Chance. Whoever takes it from here, and from nowhere else, can be run again with the same course. */
export interface Random {
  /** From 0 to 1, without 1. */
  readonly number: () => number
  /** Bytes that nobody else has: what a claim or a lock is held with. */
  readonly token: (bytes: number) => Buffer
}

/** The machine's own. */
export const systemRandom: Random = { number: Math.random, token: (bytes) => randomBytes(bytes) }
