import { tableTransitions } from '@segue/profile'
import { expect, onTestFinished, test } from 'vitest'
import { appendUpdates, update } from '../testing/contract/loops.ts'
import { memorySubject } from '../testing/memory/memory-subject.ts'
import { startPartitions, type Partitions } from './partitions.ts'

const partitionCount = 4

function startOn(ports: Parameters<typeof startPartitions>[0]): Promise<Partitions> {
  return startPartitions(ports, {
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
}

function stopAtEnd(subject: ReturnType<typeof memorySubject>, partitions: Partitions): void {
  onTestFinished(async () => {
    const stopping = partitions.stop()
    await subject.pass(1_000)
    await stopping
  })
}

test('what is released while who joins looks for the first time is taken at once, not with the next renewal', async () => {
  const subject = memorySubject()
  const a = await startOn(subject.ports('a'))
  stopAtEnd(subject, a)
  await subject.pass(5_000)
  expect(a.owned()).toHaveLength(partitionCount)
  const { ownership, ...ports } = subject.ports('b')
  const late: typeof ownership = {
    ...ownership,
    // Refused, since a has it; and by the time that the answer comes a has given it up.
    take: async (partition) => {
      const nonce = await ownership.take(partition)
      for (let turn = 0; turn < 1_000; turn += 1) {
        if ((await ownership.owners())[partition] !== 'a') break
      }
      return nonce
    },
  }
  const b = await startOn({ ...ports, ownership: late })
  stopAtEnd(subject, b)
  expect(b.owned()).toEqual([])
  await subject.pass(1)
  expect(b.owned().length).toBeGreaterThan(0)
  expect(a.owned().length + b.owned().length).toBe(partitionCount)
})

test('a partition that is a worker’s without its knowing is given to whom it falls', async () => {
  const subject = memorySubject()
  const start = async (name: string): Promise<Partitions> => {
    const partitions = await startOn(subject.ports(name))
    stopAtEnd(subject, partitions)
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
