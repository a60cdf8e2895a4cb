import type { Random } from '@segue/runtime'

/** A seeded source of chance. The same seed always gives the same course. */
export interface Chance extends Random {
  /** From `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number
  /** From `low` to `high`, most of it near `low`: how long things take. */
  readonly skewed: (low: number, high: number) => number
  /** True so often, from 0 (never) to 1. */
  readonly happens: (often: number) => boolean
  /** @throws RangeError where there is none */
  readonly pick: <One>(from: readonly One[]) => One
  /** A source of its own by this name: what is drawn from one moves nothing in another. */
  readonly apart: (name: string) => Chance
}

/** @param seed any whole number; `name` tells apart sources of one seed */
export function chance(seed: number, name = ''): Chance {
  const next = generator(seed, name)
  const number = (): number => next() / 2 ** 32
  const whole = (low: number, high: number): number => low + Math.floor(number() * (high - low + 1))
  return {
    number,
    whole,
    token: (bytes) => Buffer.from(Array.from({ length: bytes }, () => next() & 0xff)),
    skewed: (low, high) => low + (high - low) * number() ** 4,
    happens: (often) => number() < often,
    pick: (from) => {
      const found = from[whole(0, from.length - 1)]
      if (found === undefined) throw new RangeError('there is nothing to pick from')
      return found
    },
    apart: (other) => chance(seed, `${name}/${other}`),
  }
}

/** sfc32, a small generator that is good enough to mix faults. @returns whole numbers below 2^32 */
function generator(seed: number, name: string): () => number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  let one = seed | 0
  let two = hash | 0
  let three = Math.floor(seed / 2 ** 32) | 0
  let count = 1
  const next = (): number => {
    const sum = (((one + two) | 0) + count) | 0
    count = (count + 1) | 0
    one = two ^ (two >>> 9)
    two = (three + (three << 3)) | 0
    three = (three << 21) | (three >>> 11)
    three = (three + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round += 1) next()
  return next
}
