import type { Dataflow } from '@segue/runtime'
import { expect, test } from 'vitest'
import { checkDataflow } from './dataflow-rules.ts'

const known = ['audience-manager', 'marketo', 'target']

function dataflow(
  solutions: readonly string[],
  segments: Dataflow['segments'] = { 'ups:s1': { name: 'S', solutions: [...solutions] } },
): Dataflow {
  return { id: 'main', name: 'Main', enabled: true, activationDelayMs: 0, solutions, segments }
}

test('a dataflow of solutions that are set up is taken, also one that names none', () => {
  for (const solutions of [['marketo', 'target'], []]) {
    expect(() => checkDataflow(dataflow(solutions), undefined, known)).not.toThrow()
  }
})

test.each([
  ['a solution that is not set up', dataflow(['analytics'])],
  [
    'a solution of a segment that it does not list',
    dataflow(['target'], { 'ups:s': { name: 'S', solutions: ['marketo'] } }),
  ],
  ['a segment without a namespace', dataflow(['target'], { s1: { name: 'S', solutions: [] } })],
  ['a segment without an id', dataflow(['target'], { 'ups:': { name: 'S', solutions: [] } })],
])('%s is refused', (_, wanted) => {
  expect(() => checkDataflow(wanted, undefined, known)).toThrow(
    expect.objectContaining({ code: 'DATAFLOW_INVALID', status: 400 }),
  )
})

test('an id of a segment may hold colons', () => {
  const wanted = dataflow(['target'], { 'ups:a:b': { name: 'S', solutions: [] } })
  expect(() => checkDataflow(wanted, undefined, known)).not.toThrow()
})

test('solutions are added at the end', () => {
  for (const solutions of [['marketo', 'target'], ['marketo']]) {
    expect(() => checkDataflow(dataflow(solutions), dataflow(['marketo']), known)).not.toThrow()
  }
})

test.each([[['target', 'marketo']], [['target']], [[]]])(
  'solutions that are there are neither reordered nor removed: %j',
  (solutions) => {
    expect(() =>
      checkDataflow(dataflow(solutions), dataflow(['marketo', 'target']), known),
    ).toThrow(expect.objectContaining({ code: 'SOLUTIONS_APPEND_ONLY', status: 409 }))
  },
)
