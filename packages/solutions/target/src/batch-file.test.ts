import {
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  property,
  stringMatching,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import { batchFile, cutFiles } from './batch-file.ts'
import type { ProfileState } from './profile-state.ts'

const limits = { maxRows: 500_000, maxBytes: 49_000_000 }

function state(id: string, attributes: Readonly<Record<string, string>>): ProfileState {
  return { id, attributes: new Map(Object.entries(attributes)) as ProfileState['attributes'] }
}

test('the documented sample', () => {
  const states = [
    state('B234A029348', { aepseg_7841ba61: 'realized', aepseg_59bd2f1d: 'exited' }),
    state('crm-0002', { aepseg_7841ba61: 'exited', aepseg_59bd2f1d: 'realized' }),
  ]
  expect(batchFile(states)).toBe(
    'batch=thirdPartyId,aepseg_7841ba61,aepseg_59bd2f1d\n' +
      'B234A029348,realized,exited\ncrm-0002,exited,realized',
  )
})

test('profiles with different attributes share a file, with empty cells', () => {
  const states = [state('1', { a: 'realized' }), state('2', { b: 'exited', c: 'realized' })]
  expect(batchFile(states)).toBe('batch=thirdPartyId,a,b,c\n1,realized,,\n2,,exited,realized')
})

test('what means something in a form or a line is encoded', () => {
  expect(batchFile([state('a,b&c=d%e\n ü', { a: 'exited' })])).toBe(
    'batch=thirdPartyId,a\na%2Cb%26c%3Dd%25e%0A%20%C3%BC,exited',
  )
})

const profile = tuple(
  stringMatching(/^[a-z&ü]{1,12}$/),
  dictionary(stringMatching(/^[a-h]{1,3}$/), constantFrom('realized', 'exited'), {
    minKeys: 1,
    maxKeys: 12,
    noNullPrototype: true,
  }),
).map(([id, attributes]) => state(id, attributes))

test('files keep both limits, lose nothing, and are as few as greedy cutting makes them', () => {
  assert(
    property(
      array(profile, { maxLength: 60 }),
      integer({ min: 40, max: 600 }),
      integer({ min: 1, max: 20 }),
      (states, maxBytes, maxRows) => {
        const files = cutFiles(states, { maxBytes, maxRows })
        expect(files.flat()).toEqual(states)
        for (const [index, file] of files.entries()) {
          const bytes = Buffer.byteLength(batchFile(file))
          expect(file.length).toBeLessThanOrEqual(maxRows)
          expect(file.length === 1 || bytes <= maxBytes).toBe(true)
          const next = files[index + 1]?.[0]
          if (next === undefined) continue
          const more = [...file, next]
          const tooMany = more.length > maxRows
          expect(tooMany || Buffer.byteLength(batchFile(more)) > maxBytes).toBe(true)
        }
      },
    ),
    { seed: 5 },
  )
})

test('no profiles are no file; 500,000 rows are one and one more are two', () => {
  expect(cutFiles([], limits)).toEqual([])
  const one = state('1', { a: 'exited' })
  const many = Array.from({ length: 500_001 }, () => one)
  expect(cutFiles(many.slice(1), limits).map(({ length }) => length)).toEqual([500_000])
  expect(cutFiles(many, limits).map(({ length }) => length)).toEqual([500_000, 1])
})
