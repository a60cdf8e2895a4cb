import { expect, test } from 'vitest'
import { createStaticLists } from './lists.ts'

const folder = { id: 1034, type: 'Folder' }

test('pages are in order of id whatever the order of joining, and follow joining and leaving', () => {
  const lists = createStaticLists()
  const list = lists.create({ name: 'L', description: undefined, folder }, 0)
  for (const id of [5, 1, 9, 3]) lists.add(list, id)
  expect(lists.page(list, 0, 2)).toEqual([1, 3])
  expect(lists.page(list, 3, 2)).toEqual([5, 9])
  lists.drop(list, 5)
  lists.add(list, 4)
  expect(lists.page(list, 3, 10)).toEqual([4, 9])
  expect(lists.page(list, 9, 10)).toEqual([])
})

test('joining twice and leaving twice say so', () => {
  const lists = createStaticLists()
  const list = lists.create({ name: 'L', description: undefined, folder }, 0)
  expect([lists.add(list, 1), lists.add(list, 1)]).toEqual([true, false])
  expect([lists.drop(list, 1), lists.drop(list, 1)]).toEqual([true, false])
})

test('a renamed list is found by its new name only', () => {
  const lists = createStaticLists()
  const list = lists.create({ name: 'old', description: undefined, folder }, 0)
  lists.rename(list, 'new')
  expect([lists.byName('old'), lists.byName('new')]).toEqual([undefined, list])
})
