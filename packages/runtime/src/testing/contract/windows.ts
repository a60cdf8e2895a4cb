import { describe, expect, test } from 'vitest'
import type { WindowPointer } from '../../ports/windows.ts'
import type { CreateSubject } from './subject.ts'

const pointer = (from: number, rows = 2): WindowPointer => ({
  partition: 3,
  range: {
    bucket: { dataflow: 'f', dueMs: 1_795_428_000_000, generation: 7 },
    solution: 's',
    from,
    to: from + 1,
  },
  rows,
})

/** What every place for windows owes. */
export function testWindows(create: CreateSubject): void {
  describe('windows', () => {
    test('pointers gather in the open window, in their order', async () => {
      const { windows } = (await create()).ports()
      const first = await windows.gather('s', 'f', [pointer(0), pointer(2, 5)])
      expect(first.rows).toBe(7)
      expect(first.id).toMatch(/^[\w-]+$/)
      expect(await windows.gather('s', 'f', [pointer(4)])).toEqual({ id: first.id, rows: 9 })
      await windows.close('s', 'f', first.id)
      const gathered = [pointer(0), pointer(2, 5), pointer(4)]
      expect(await windows.first('s', 'f', first.id, 10)).toEqual(gathered)
      expect(await windows.first('s', 'f', first.id, 2)).toEqual(gathered.slice(0, 2))
    })

    test('a window that is closed takes nothing more, and closing again closes no other', async () => {
      const { windows } = (await create()).ports()
      const first = await windows.gather('s', 'f', [pointer(0)])
      await windows.close('s', 'f', first.id)
      const second = await windows.gather('s', 'f', [pointer(2)])
      expect(second.rows).toBe(2)
      expect(second.id > first.id).toBe(true)
      await windows.close('s', 'f', first.id)
      expect((await windows.gather('s', 'f', [pointer(4)])).id).toBe(second.id)
      expect(await windows.first('s', 'f', first.id, 10)).toEqual([pointer(0)])
    })

    test('what is dropped comes no more, and what is left does', async () => {
      const { windows } = (await create()).ports()
      const { id } = await windows.gather('s', 'f', [pointer(0), pointer(2), pointer(4)])
      await windows.close('s', 'f', id)
      await windows.drop('s', 'f', id, 2)
      expect(await windows.first('s', 'f', id, 10)).toEqual([pointer(4)])
      await windows.drop('s', 'f', id, 2)
      expect(await windows.first('s', 'f', id, 10)).toEqual([])
      await windows.drop('s', 'f', id, 1)
    })

    test('each solution and dataflow has a window of its own', async () => {
      const { windows } = (await create()).ports()
      const { id } = await windows.gather('s', 'f', [pointer(0)])
      expect((await windows.gather('t', 'f', [pointer(2)])).rows).toBe(2)
      expect((await windows.gather('s', 'g', [pointer(4)])).rows).toBe(2)
      expect(await windows.first('s', 'f', id, 10)).toEqual([pointer(0)])
    })

    test('more pointers than one call inside a script may take', async () => {
      const { windows } = (await create()).ports()
      const many = Array.from({ length: 9_000 }, (_, from) => pointer(from, 1))
      const { id, rows } = await windows.gather('s', 'f', many)
      expect(rows).toBe(9_000)
      const first = await windows.first('s', 'f', id, 10_000)
      expect(first.map(({ range }) => range.from)).toEqual(many.map(({ range }) => range.from))
    })
  })
}
