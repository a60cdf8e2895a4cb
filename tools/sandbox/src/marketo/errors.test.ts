import { expect, test } from 'vitest'
import { reason } from './errors.ts'

test('details take their places in the message, whatever is in them', () => {
  expect(reason('1001', '$& %s', 'Integer')).toEqual({
    code: '1001',
    message: "Invalid value '$& %s'. Required of type 'Integer'",
  })
  expect(reason('1004').message).toBe('Lead not found')
})
