import type { Random } from './random.ts'

/**
 * Draws ranks by Zipf's law: rank r (from 0) with a probability in proportion to 1 / (r + 1)^exponent. With 0.99, the
 * habit of benchmarks of key-value stores, a few profiles are very busy and most are nearly idle, as on real sites.
 */
export function zipf(count: number, exponent: number): (random: Random) => number {
  const upTo = new Float64Array(count)
  let total = 0
  for (let rank = 0; rank < count; rank += 1) {
    total += (rank + 1) ** -exponent
    upTo[rank] = total
  }
  return (random) => {
    const point = random.next() * total
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((upTo[middle] ?? total) <= point) low = middle + 1
      else high = middle
    }
    return low
  }
}
