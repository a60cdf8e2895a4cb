import { expect, test } from 'vitest'
import { pairsIn } from './sync-lines.ts'

const read = (text: string) =>
  [...pairsIn(Buffer.from(text))].map(({ id, sid, status }) => `${id} ${sid} ${status}`)

test('adds and removals are read in all documented spellings', () => {
  expect(read('u1\td_sid=24,d_unsid=28,30:0,31:-1\nu2\td_sid=24\n')).toEqual([
    'u1 24 realized',
    'u1 28 exited',
    'u1 30 exited',
    'u1 31 exited',
    'u2 24 realized',
  ])
})

test('what is neither is left out, and no line spoils another', () => {
  const text = 'u1\t"segID"="d_sid=5",d_sid=,d_sid=7x\n\nno tab\n\td_sid=1\nu2\td_sid=24'
  expect(read(text)).toEqual([' 1 realized', 'u2 24 realized'])
  expect(read('')).toEqual([])
})

test('a view into a larger buffer is read alone', () => {
  const all = Buffer.from('u0\td_sid=1\nu1\td_sid=2\nu2\td_sid=3\n')
  const part = all.subarray(11, 22)
  expect([...pairsIn(part)]).toEqual([{ id: 'u1', sid: '2', status: 'realized' }])
})
