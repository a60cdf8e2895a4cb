import { expect, test } from 'vitest'
import { createPKeys, isPKey } from './pkeys.ts'

test('keys are opaque, told apart by kind and use, and read by their own instance only', () => {
  const [here, there] = [createPKeys(), createPKeys()]
  const keys = [1, 2, 281_474_976_710_655].flatMap((id) => [
    here.of('profile', id),
    here.inHref('profile', id),
    here.of('service', id),
  ])
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.every(isPKey)).toBe(true)
  expect(here.read('profile', here.of('profile', 7))).toEqual({ id: 7, inHref: false })
  expect(here.read('profile', here.inHref('profile', 7))).toEqual({ id: 7, inHref: true })
  expect(here.read('service', here.of('profile', 7))).toBeUndefined()
  expect(there.read('profile', here.of('profile', 7))).toBeUndefined()
  expect(createPKeys(here.secret).of('line', 7)).toBe(here.of('line', 7))
  for (const text of ['', '@', '@x', 'SVC1', here.of('profile', 7).slice(0, -1)]) {
    expect(here.read('profile', text)).toBeUndefined()
  }
})
