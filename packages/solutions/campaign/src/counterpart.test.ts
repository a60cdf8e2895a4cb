import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { remoteSegmentId } from '@segue/solution-kit'
import {
  counterpartLabel,
  counterpartName,
  isCounterpartName,
  isOwn,
  maxLabel,
} from './counterpart.ts'

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

test('the name of a segment of the Segmentation Service can be read', () => {
  expect(counterpartName('aep_', segment)).toBe('aep_7841ba61_23c1_4bb3_a495_00d3a5fe1e93')
})

test('every segment has a name that Campaign takes, and no two the same', () => {
  const id = fc.oneof(
    fc.uuid(),
    fc.string({
      minLength: 1,
      maxLength: 40,
      unit: fc.constantFrom('a', 'B', '-', '_', ':', ' ', 'é', '忠', '😀'),
    }),
    fc.constantFrom('a-b', 'a_b', 'a b', 'A-B', 'a:b', 'x'.repeat(300)),
  )
  const segments = fc.record({ namespace: fc.constantFrom('ups', 'other'), id })
  fc.assert(
    fc.property(segments, segments, (one, other) => {
      const names = [one, other].map((each) =>
        counterpartName('aep_', `${each.namespace}:${each.id}`),
      )
      for (const name of names) expect(isCounterpartName(name)).toBe(true)
      const same =
        remoteSegmentId(`${one.namespace}:${one.id}`) ===
        remoteSegmentId(`${other.namespace}:${other.id}`)
      expect(names[0] === names[1]).toBe(same)
    }),
    { seed: 20_261_123 },
  )
})

test.each(['', 'no such thing', "x' or 1=1", '1abc', 'é', 'x'.repeat(65), 'a/b'])(
  '%s is no internal name',
  (remoteId) => {
    expect(isCounterpartName(remoteId)).toBe(false)
  },
)

test('a label is what people wrote, without what XML or a line cannot hold, and bounded', () => {
  expect(counterpartLabel('Käufer –\t忠実\u0000 \uFFFE😀', segment)).toBe('Käufer – 忠実 😀')
  expect(counterpartLabel(' \n ', segment)).toBe(remoteSegmentId(segment))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
      const label = counterpartLabel(name, segment)
      expect(label.length).toBeGreaterThan(0)
      expect(label.length).toBeLessThanOrEqual(maxLabel)
      expect(label.isWellFormed()).toBe(true)
      expect(label).not.toMatch(/[\p{Cc}\uFFFE\uFFFF]/u)
    }),
    { seed: 20_261_123 },
  )
  // The last character that fits is a whole one.
  expect(counterpartLabel(`x${'😀'.repeat(200)}`, segment).isWellFormed()).toBe(true)
})

test('what was made for a segment is known by its description', () => {
  const id = remoteSegmentId(segment)
  expect([id, `${id} do not touch`, '', undefined].map((text) => isOwn(text, segment))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(isOwn('somebody’s newsletter', segment)).toBe(false)
  expect(isOwn(`${id}0`, segment)).toBe(false)
})
