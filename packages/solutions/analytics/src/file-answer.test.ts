import { expect, test } from 'vitest'
import { readFileAnswer, readValidation, rowsNamed } from './file-answer.ts'

const uploaded = {
  file_id: '5c04f400-fca5-420c-9c36-b94aaec55e69',
  visitor_group_id: 'mycompany_1',
  size: 355_600,
  received_date: 1_506_553_535,
  rows: 5_000,
  status_code: 'UPLOADED',
}
const log =
  "On row: 1, missing 'UserAgent'. This row will not be submitted. On row: 57, missing 'ReportSuiteId'. This row will not be submitted. Processing complete: 4998 rows will be submitted. 2 rows were invalid."

const read = (some: object, rows = 5_000) =>
  readFileAnswer(JSON.stringify({ ...uploaded, ...some }), rows)

test('a file that was taken whole', () => {
  expect(read({})).toEqual({
    kind: 'ingested',
    fileId: uploaded.file_id,
    receivedSecs: 1_506_553_535,
    rows: 5_000,
    invalid: new Set(),
    unnamed: 0,
  })
  expect(read({ status_code: 'PROCESSING' })).toMatchObject({ kind: 'ingested' })
})

test('rows that were left out are those that the log names', () => {
  expect(read({ invalid_rows: 2, processing_log: log })).toMatchObject({
    kind: 'ingested',
    invalid: new Set([0, 56]),
    unnamed: 0,
  })
})

test('more than the log names are counted', () => {
  expect(read({ invalid_rows: 42, processing_log: log })).toMatchObject({
    invalid: new Set([0, 56]),
    unnamed: 40,
  })
})

test('all of them, named or not', () => {
  expect(read({ invalid_rows: 3, processing_log: 'many' }, 3)).toMatchObject({
    invalid: new Set([0, 1, 2]),
    unnamed: 0,
  })
})

test('a log without invalid rows says nothing of rows', () => {
  expect(read({ invalid_rows: 0, processing_log: log })).toMatchObject({ invalid: new Set() })
})

test('a file that was rejected was not ingested at all', () => {
  const error = 'No valid rows were found in the file.'
  const answer = {
    status_code: 'REJECTED',
    processing_log: 'No timestamp field found in the file header.',
    error,
  }
  expect(read(answer)).toMatchObject({
    kind: 'rejected',
    refusal: { status: 'rejected', code: 'COLUMN_MISSING' },
  })
  expect(read({ status_code: 'ERROR' })).toMatchObject({
    kind: 'rejected',
    refusal: { status: 'retry', code: 'FILE_REJECTED', inDoubt: false },
  })
})

test.each(['', '<html>', '[]', '{}', '{"status_code":7}'])('%s is no answer', (body) => {
  expect(readFileAnswer(body, 1)).toEqual({ kind: 'unreadable' })
})

const validationOf = (answer: object) => readValidation(JSON.stringify(answer), 100)

test('validation', () => {
  expect(validationOf({ success: 'File is valid' })).toBeUndefined()
  expect(validationOf({ success: 'file is valid' })).toBeUndefined()
  expect(
    validationOf({
      error: 'File has 2 rows that do not conform to the required CSV format! (Ex: row #59)',
    }),
  ).toMatchObject({ kind: 'rejected', invalid: new Set([58]), refusal: { code: 'FILE_INVALID' } })
  expect(validationOf({})).toEqual({ kind: 'unreadable' })
})

test('only rows that the file has are named', () => {
  expect(rowsNamed('On row: 0, x. On row: 4, x. On row: 3, x. 2 rows were invalid', 3)).toEqual(
    new Set([2]),
  )
})
