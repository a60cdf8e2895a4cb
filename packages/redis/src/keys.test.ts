import { expect, test } from 'vitest'
import { partitionKeys, partitionName, queuePrefix, solutionKeys } from './keys.ts'

/** Every key of a partition, with a name for each family of keys. */
function allKeys(sandbox: string, partition: number): string[] {
  return Object.values(partitionKeys(sandbox, partition)).map((key: string | KeyOf) =>
    typeof key === 'string' ? key : key('flow', 'solution'),
  )
}
type KeyOf = (dataflow: string, solution: string) => string

const tagOf = (key: string): string | undefined => /^\{(.+?)\}/.exec(key)?.[1]

test('all keys of a partition are in one slot, and no two are the same', () => {
  const keys = allKeys('prod', 7)
  expect(new Set(keys.map(tagOf))).toEqual(new Set(['segue:prod:p07']))
  expect(new Set(keys).size).toBe(keys.length)
})

test('partitions and sandboxes share no key', () => {
  const places = [allKeys('prod', 0), allKeys('prod', 1), allKeys('prod', 10), allKeys('dev', 0)]
  expect(new Set(places.flat()).size).toBe(places.flat().length)
})

test('what is kept of one solution is in one slot of its own', () => {
  const keys = Object.values(solutionKeys('prod', 'marketo'))
  expect(new Set(keys.map(tagOf))).toEqual(new Set(['segue:prod:solution-marketo']))
  expect(keys).not.toContain(solutionKeys('prod', 'target').receipts)
})

test('a queue has a slot of its own', () => {
  expect(tagOf(queuePrefix('prod', 'deliver-marketo'))).toBe('segue:prod:deliver-marketo')
})

test('partitions are named so that they sort', () => {
  expect([0, 7, 15, 100].map(partitionName)).toEqual(['p00', 'p07', 'p15', 'p100'])
})
