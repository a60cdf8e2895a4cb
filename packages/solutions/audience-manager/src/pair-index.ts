import type { PairState } from './sync-lines.ts'

/**
 * Which pairs of id and trait a file has, in 8 bytes each: sorted numbers, a hash of 52 bits and one bit for the state. Two pairs may share a hash,
 * rarely; whoever asks must do no harm by a wrong yes.
 */
export interface PairIndex {
  readonly sorted: Float64Array
}

/** Makes the index of a file's pairs. */
export function pairIndex(pairs: Iterable<PairState>): PairIndex {
  const numbers: number[] = []
  for (const { id, sid, status } of pairs) {
    numbers.push(2 * pairHash(id, sid) + (status === 'exited' ? 1 : 0))
  }
  return { sorted: Float64Array.from(numbers).toSorted() }
}

/** Whether the file removes (probably), or surely does not remove, this trait of this id. */
export function mayRemove({ sorted }: PairIndex, id: string, sid: string): boolean {
  return includes(sorted, 2 * pairHash(id, sid) + 1)
}

/** What the file says of the pair of this hash: the removal where it says both. */
export function stateIn({ sorted }: PairIndex, hash: number): PairState['status'] | undefined {
  if (includes(sorted, 2 * hash + 1)) return 'exited'
  return includes(sorted, 2 * hash) ? 'realized' : undefined
}

/** Hashes of pairs of which two files say different things. */
export function* opposedHashes(one: PairIndex, other: PairIndex): Generator<number> {
  const [left, right] = [one.sorted, other.sorted]
  let [atLeft, atRight] = [0, 0]
  while (atLeft < left.length && atRight < right.length) {
    const [mine, theirs] = [left[atLeft] ?? 0, right[atRight] ?? 0]
    // Two states of one pair differ in the last bit alone, and so stand next to each other.
    if (mine === theirs) {
      atLeft += 1
      atRight += 1
    } else if (mine < theirs) {
      if (theirs - mine === 1 && theirs % 2 === 1) yield (theirs - 1) / 2
      atLeft += 1
    } else {
      if (mine - theirs === 1 && mine % 2 === 1) yield (mine - 1) / 2
      atRight += 1
    }
  }
}

/** A hash of 52 bits: two of 32, cut. */
export function pairHash(id: string, sid: string): number {
  let one = 0x811c9dc5
  let two = 0x9747b28c
  const mix = (code: number): void => {
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two ^ code, 0x5bd1e995)
    two ^= two >>> 15
  }
  for (let index = 0; index < id.length; index += 1) mix(id.charCodeAt(index))
  mix(0x2f)
  for (let index = 0; index < sid.length; index += 1) mix(sid.charCodeAt(index))
  one ^= one >>> 13
  one = Math.imul(one, 0xc2b2ae35)
  two ^= two >>> 13
  two = Math.imul(two, 0x85ebca6b)
  return ((one ^ (one >>> 16)) >>> 6) * 0x4000000 + ((two ^ (two >>> 16)) >>> 6)
}

function includes(sorted: Float64Array, number: number): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < number) low = middle + 1
    else high = middle
  }
  return sorted[low] === number
}
