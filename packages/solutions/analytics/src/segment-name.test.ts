import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { segmentName } from './segment-name.ts'

const withId = { nameWithId: true }
const bare = { nameWithId: false }

test.each([
  ['Loyal buyers', 'Loyal buyers [id]', 'Loyal buyers'],
  ['  two\nlines\t', 'two lines [id]', 'two lines'],
  [' \t\n ', 'id', 'id'],
  ['~empty~', 'id', 'id'],
  ['~DeleteKey~', 'id', 'id'],
  ['忠実な購入者 😀', '忠実な購入者 😀 [id]', '忠実な購入者 😀'],
])('%j', (name, long, short) => {
  expect(segmentName(name, 'id', withId)).toBe(long)
  expect(segmentName(name, 'id', bare)).toBe(short)
})

test('never over 255 bytes, never half a character, never two segments of one name', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.uniqueArray(fc.stringMatching(/^[a-z0-9:-]{1,255}$/), { minLength: 2, maxLength: 2 }),
      (name, ids) => {
        const names = ids.map((id) => segmentName(name, id, withId))
        expect(new Set(names).size).toBe(2)
        for (const one of names) {
          expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255)
          expect(one.isWellFormed()).toBe(true)
          expect(one).not.toBe('')
        }
      },
    ),
    { seed: 8 },
  )
})
