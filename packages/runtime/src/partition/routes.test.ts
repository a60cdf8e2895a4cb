import { expect, test } from 'vitest'
import type { Dataflow } from '../ports/dataflows.ts'
import { createRoutes, solutionsOfBits } from './routes.ts'

const dataflow = (id: string, changes: Partial<Dataflow> = {}): Dataflow => ({
  id,
  name: id,
  enabled: true,
  activationDelayMs: 10_000,
  solutions: ['aam', 'marketo', 'target'],
  segments: {
    'ups:a': { name: 'A', solutions: ['aam', 'target'] },
    'ups:b': { name: 'B', solutions: ['marketo'] },
    'ups:none': { name: 'None', solutions: [] },
    'ups:gone': { name: 'Gone', solutions: ['campaign'] },
  },
  ...changes,
})

test('a segment goes to the solutions that it is activated for', () => {
  const dictionary = ['ups:b', 'ups:a', 'ups:none', 'ups:unknown', 'ups:gone']
  const [route, ...more] = createRoutes([dataflow('one')], dictionary)
  expect(more).toEqual([])
  expect(dictionary.map((_, segment) => route!.solutionsOf(segment))).toEqual([2, 5, 0, 0, 0])
  const named = dictionary.map((_, segment) =>
    solutionsOfBits(route!.solutionsOf(segment), route!.solutions),
  )
  expect(named).toEqual([['marketo'], ['aam', 'target'], [], [], []])
  expect(route).toMatchObject({ dataflow: 'one', activationDelayMs: 10_000 })
})

test('each dataflow that is enabled has its own route', () => {
  const routes = createRoutes(
    [
      dataflow('one'),
      dataflow('off', { enabled: false }),
      dataflow('two', { activationDelayMs: 0 }),
    ],
    [],
  )
  expect(routes.map((route) => [route.dataflow, route.activationDelayMs])).toEqual([
    ['one', 10_000],
    ['two', 0],
  ])
})

test('a segment that the dictionary takes in later has its route', () => {
  const dictionary: string[] = []
  const [route] = createRoutes([dataflow('one')], dictionary)
  dictionary.push('ups:a')
  expect(route!.solutionsOf(0)).toBe(5)
})

test('segments with the names of an object’s own methods go nowhere', () => {
  const dictionary = ['__proto__', 'constructor', 'toString']
  const [route] = createRoutes([dataflow('one')], dictionary)
  expect(dictionary.map((_, segment) => route!.solutionsOf(segment))).toEqual([0, 0, 0])
})
