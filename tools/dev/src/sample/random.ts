/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** At least 0, less than 1. */
  readonly next: () => number
  /** A whole number from 0 to `bound` − 1. */
  readonly below: (bound: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
  /** Exponentially distributed: the gaps between things that happen at a steady rate. */
  readonly exponential: (mean: number) => number
}

/**
 * The xoshiro128** generator of Blackman and Vigna (2018): 128 bits of state, period 2^128 − 1, and no number wider than
 * 32 bits, which keeps it fast here. Streams of one seed with other names are independent, so that a new kind of choice in
 * one place does not change all others.
 */
export function randomFrom(seed: number, stream: string): Random {
  let [a, b, c, d] = stateFrom(`${seed}/${stream}`)

  const next = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return scrambled / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new RangeError('nothing to pick from')
      return picked
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** FNV-1a over the text, then splitmix32 for each word: close seeds give unrelated states. */
function stateFrom(text: string): [number, number, number, number] {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  const word = (): number => {
    hash = (hash + 0x9e3779b9) | 0
    let mixed = hash ^ (hash >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
  return [word(), word(), word(), word()]
}
