import type { SetAsides } from '@segue/runtime'
import { expect, test } from 'vitest'
import { discardSetAside } from './discard-set-aside.ts'

test('what was set aside and names the erased profile goes, and nobody else’s does', async () => {
  const held = new Map(
    Object.entries({ own: 'xECID:12', other: 'ECID:123', one: '\u0001ECID:12\u00ff', none: '' }),
  )
  const setAsides: SetAsides = {
    list: async () => Array.from(held, ([place, text]) => ({ place, packed: Buffer.from(text) })),
    replay: async () => false,
    discard: async (_partition, place) => held.delete(place),
  }
  await discardSetAside(setAsides, 0, 'ECID:12')
  expect([...held.keys()]).toEqual(['own', 'other', 'none'])
})
