import { expect, test } from 'vitest'
import { createRandom } from '../random/random.ts'
import { createTable, inTransaction, type Transaction, UniqueViolated } from './table.ts'

const shapes = [
  { name: 'T_key', attributes: ['key'], unique: true },
  { name: 'T_pair', attributes: ['a', 'b'], unique: false },
]

test('a transaction that fails leaves rows, order and indexes as they were, whatever it did before', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = createRandom(seed)
    const transaction: Transaction = { undo: undefined }
    const table = createTable(shapes, 1, transaction)
    const values = (): Record<string, string> => ({
      key: random.below(3) === 0 ? '' : `k${random.below(40)}`,
      a: `a${random.below(3)}`,
      b: `b${random.below(3)}`,
    })
    const change = (): void => {
      const row = [...table.all()][random.below(table.size() + 1)]
      try {
        if (row === undefined) table.insert(values())
        else if (random.below(2) === 0) table.update(row, values())
        else table.remove(row)
      } catch (error) {
        if (!(error instanceof UniqueViolated)) throw error
      }
    }
    for (let step = 0; step < 30; step += 1) inTransaction(transaction, change)
    const seen = (): unknown => [
      [...table.all()],
      ['a0', 'a1', 'a2'].map((a) => new Set(table.find(['b', 'a'], ['b1', a]))),
      Array.from({ length: 40 }, (_, key) => [...(table.find(['key'], [`k${key}`]) ?? [])]),
    ]
    const before = seen()
    expect(() =>
      inTransaction(transaction, () => {
        for (let step = 0; step < 20; step += 1) change()
        throw new Error('fault')
      }),
    ).toThrow('fault')
    expect(seen()).toEqual(before)
  }
})

test('a unique index holds, but not among those who have no value', () => {
  const table = createTable(shapes, 1)
  const first = table.insert({ key: 'x' })
  table.insert({ key: '' })
  table.insert({})
  expect(() => table.insert({ key: 'x' })).toThrow(UniqueViolated)
  table.update(first, { key: 'x', a: '1' })
  table.update(first, { key: '' })
  expect(table.insert({ key: 'x' }).id).toBe(4)
  expect(table.find(['key'], [''])?.size).toBe(0)
  expect(table.find(['a'], ['1'])).toBeUndefined()
})
