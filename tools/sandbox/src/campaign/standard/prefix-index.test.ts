import { expect, test } from 'vitest'
import { createRandom } from '../../random/random.ts'
import { createPrefixIndex } from './prefix-index.ts'

test('finds what a look at every text finds, however it was filled', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = createRandom(seed)
    const index = createPrefixIndex()
    const held = new Map<number, string>()
    const text = (length: number): string =>
      Array.from({ length }, () => 'aAb'.charAt(random.below(3))).join('')
    for (let step = 0; step < 80; step += 1) {
      const id = random.below(40)
      const before = held.get(id)
      if (before !== undefined) {
        index.drop(before, id)
        held.delete(id)
      } else {
        const added = text(1 + random.below(4))
        index.add(added, id)
        held.set(id, added)
      }
      if (random.below(3) > 0) continue
      const prefix = text(random.below(3))
      const wanted = [...held].filter(([, each]) => each.startsWith(prefix)).map(([each]) => each)
      expect(index.startingWith(prefix)).toEqual(wanted.toSorted((a, b) => a - b))
    }
  }
})
