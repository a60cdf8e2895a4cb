import { expect, test } from 'vitest'
import { csvRecords } from './csv.ts'

function read(text: string): readonly (readonly string[])[] {
  return [...csvRecords(Buffer.from(text))].map(({ fields }) => fields)
}

test('commas, quotes and line breaks may stand in quotes, lines end either way, empty ones are left out', () => {
  expect(read('a,b\r\n"1,2","say ""hi""\nthere"\n\n\r\nü,\n')).toEqual([
    ['a', 'b'],
    ['1,2', 'say "hi"\nthere'],
    ['ü', ''],
  ])
  expect(read('\uFEFFa\n1')).toEqual([['a'], ['1']])
  expect(read('')).toEqual([])
})

test.each([
  ['a"b,c', { malformed: true }],
  ['"a"b,c', { malformed: true }],
  ['"a,b\nc', { malformed: true }],
  ['"a","b"', { malformed: false, trailingComma: false }],
  ['a,', { malformed: false, trailingComma: true, fields: ['a', ''] }],
  ['a,""', { malformed: false, trailingComma: false, fields: ['a', ''] }],
  ['""', { malformed: false, fields: [''] }],
])('%j is told apart', (text, record) => {
  expect([...csvRecords(Buffer.from(text))]).toEqual([expect.objectContaining(record)])
})
