import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { seed } from './example-updates.ts'
import { SegmentNames, maxSegmentPartLength } from './segment-name.ts'

function nameOf(names: SegmentNames, namespace: string, id: string): string | undefined {
  const found = names.namespace(namespace)
  return found && names.segment(found, id)
}

test('names a segment by namespace and id as they were given', () => {
  const names = new SegmentNames(100)
  const longest = 's'.repeat(maxSegmentPartLength)
  expect(nameOf(names, 'ups', 'a')).toBe('ups:a')
  expect(nameOf(names, 'Ups', 'a:b')).toBe('Ups:a:b')
  expect(nameOf(names, longest, longest)).toBe(`${longest}:${longest}`)
  expect(nameOf(names, 'ups', 'Ärzte 👩‍⚕️')).toBe('ups:Ärzte 👩‍⚕️')
})

test.each(['', 's'.repeat(maxSegmentPartLength + 1), 'a\nb', 'a\u0085b', '\ud83d', '__proto__'])(
  'refuses %j for either part',
  (part) => {
    const names = new SegmentNames(100)
    expect(nameOf(names, part, 'a')).toBeUndefined()
    expect(nameOf(names, 'ups', part)).toBeUndefined()
  },
)

test('refuses a colon in the namespace, which would make two segments one', () => {
  expect(nameOf(new SegmentNames(100), 'a:b', 'c')).toBeUndefined()
})

test('gives the same names however few it can remember', () => {
  const part = fc.constantFrom('a', 'b', 'c', 'a:b', '', '__proto__', 'constructor')
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.tuple(part, part)),
      (capacity, asked) => {
        const small = new SegmentNames(capacity)
        for (const [namespace, id] of asked) {
          expect(nameOf(small, namespace, id)).toBe(nameOf(new SegmentNames(100), namespace, id))
        }
      },
    ),
    { seed },
  )
})

test('forgets where more come than it can remember', () => {
  const names = new SegmentNames(3)
  const first = names.namespace('ups')
  for (const id of ['a', 'b']) nameOf(names, 'ups', id)
  expect(names.namespace('ups')).toBe(first)
  nameOf(names, 'ups', 'c')
  expect(names.namespace('ups')).not.toBe(first)
  expect(names.namespace('ups')?.byId.size).toBe(0)
})
