import { tableTransitions } from '@segue/profile'
import { expect, onTestFinished, test } from 'vitest'
import { appendUpdates, update } from '../testing/contract/loops.ts'
import { memorySubject } from '../testing/memory/memory-subject.ts'
import { startPartitions, type Partitions } from './partitions.ts'

test('a partition that is a worker’s without its knowing is given to whom it falls', async () => {
  const subject = memorySubject()
  const partitionCount = 4
  const start = async (name: string): Promise<Partitions> => {
    const partitions = await startPartitions(subject.ports(name), {
      partitionCount,
      residentMax: 100,
      startTransitions: () => tableTransitions,
      dataflows: () => ({ version: 0, dataflows: [] }),
      refreshDataflows: () => Promise.resolve(),
      opened: () => Promise.resolve(),
      sweep: () => Promise.resolve(),
      log: {
        taken: () => {},
        ended: () => {},
        failed: (_, error) => {
          throw error
        },
      },
    })
    onTestFinished(async () => {
      const stopping = partitions.stop()
      await subject.pass(1_000)
      await stopping
    })
    return partitions
  }
  const a = await start('a')
  const b = await start('b')
  await subject.pass(5_000)
  const share = b.owned()
  expect(a.owned().length + share.length).toBe(partitionCount)
  const stopping = b.stop()
  await subject.pass(1_000)
  await stopping
  const again = await start('b')
  await subject.pass(5_000)
  expect(again.owned()).toEqual(share)

  // The store has forgotten that it was released and taken again: it is a's, as it was before.
  const [partition = -1] = share
  const owners = await subject.ports('b').ownership.owners()
  expect(owners[partition]).toBe('b')
  await subject.silence('b')
  expect(await subject.ports('a').ownership.take(partition)).toBeDefined()
  // b learns of it with its next commit, which is refused.
  await appendUpdates(subject.ports(), partition, [update('p', 'realized')])
  await subject.pass(40_000)
  expect(again.owned()).toEqual(share)
  expect((await subject.ports('b').ownership.owners())[partition]).toBe('b')
  expect(a.owned()).not.toContain(partition)
})
