import { expect, test } from 'vitest'
import { linesOf, readBatchFile, readRow } from './batch-file.ts'

const noLimits = { bytes: 0, rows: 0 }
const read = (body: string, limits = noLimits) => readBatchFile(Buffer.from(body), limits)
const rowsOf = (body: string) => {
  const { names, rows } = read(body)
  return Array.from(linesOf(rows), (line) => readRow(line, names))
}

test('the documented sample, empty values left out and short rows taken as they are', () => {
  const sample = `batch=pcId,param1,param2,param3,param4
123,value1
124,value1,,,value4
125,,value2
126,value1,value2,value3,value4
`
  expect(read(sample)).toMatchObject({
    key: 'pcId',
    names: ['param1', 'param2', 'param3', 'param4'],
    size: 4,
  })
  expect(rowsOf(sample)).toEqual([
    { id: '123', entries: [['param1', 'value1']] },
    {
      id: '124',
      entries: [
        ['param1', 'value1'],
        ['param4', 'value4'],
      ],
    },
    { id: '125', entries: [['param2', 'value2']] },
    {
      id: '126',
      entries: [1, 2, 3, 4].map((n) => [`param${n}`, `value${n}`]),
    },
  ])
})

test('what a form gives a meaning has that meaning', () => {
  expect(rowsOf('batch=thirdPartyId,a\n1,50%25 off %26 more')).toEqual([
    { id: '1', entries: [['a', '50% off & more']] },
  ])
  expect(rowsOf('batch=thirdPartyId,a\n1,x+y')).toEqual([{ id: '1', entries: [['a', 'x y']] }])
  expect(rowsOf('batch=thirdPartyId,a\n1,x&y\n2,z')).toEqual([{ id: '1', entries: [['a', 'x']] }])
  expect(rowsOf('batch=thirdPartyId,%C3%A4\n1,%E6%B0%B4\n2,水')).toEqual([
    { id: '1', entries: [['ä', '水']] },
    { id: '2', entries: [['ä', '水']] },
  ])
  // The whole field escaped, as a form library does it.
  expect(rowsOf(new URLSearchParams({ batch: 'thirdPartyId,a\n1,x y' }).toString())).toEqual([
    { id: '1', entries: [['a', 'x y']] },
  ])
  expect(rowsOf('batch=thirdPartyId,a\r\n1,x\r\n\r\n2,\r\n')).toEqual([
    { id: '1', entries: [['a', 'x']] },
    { id: '2', entries: [] },
  ])
})

test.each([
  ['thirdPartyId,a\n1,x', 'must start with batch='],
  ['batch=thirdPartyId,a\n1,50% off', 'Unexpected error'],
  ['batch=thirdPartyId,a\n1,%2', 'Unexpected error'],
  ['batch=', 'Batch is empty'],
  ['batch=thirdPartyId,a', 'Batch is empty'],
  ['batch=thirdPartyId,a&\n1,x', 'Batch is empty'],
  ['batch=\n1,x', 'first header'],
  ['batch=ECID,a\n1,x', 'first header'],
  ['batch=thirdpartyid,a\n1,x', 'first header'],
  ['batch=marketingCloudVisitorId,a\n1,x', 'first header'],
  ['batch=thirdPartyId,,b\n1,x', 'header is empty'],
])('%j is refused whole', (body, message) => {
  expect(() => read(body)).toThrow(message)
})

test('limits are of bytes, exclusive, and of rows, inclusive', () => {
  const body = 'batch=thirdPartyId,a\n1,x\n2,y'
  expect(read(body, { bytes: body.length + 1, rows: 2 }).size).toBe(2)
  expect(() => read(body, { bytes: body.length, rows: 2 })).toThrow('smaller than')
  expect(() => read(body, { bytes: 0, rows: 1 })).toThrow('at most 1 rows')
})

test.each(['', ',x', 'a+b,x', 'a/b,x', 'a b,x', '1,x,y'])('row %j cannot be applied', (line) => {
  expect(readRow(line, ['a'])).toBeUndefined()
})
