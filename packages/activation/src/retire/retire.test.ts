import { bookField, type Dataflow } from '@segue/runtime'
import { memoryPorts, memoryStore, simulatedClock } from '@segue/runtime/testing'
import { expect, test } from 'vitest'
import { createRetire, retireJob } from './retire.ts'

const partitionCount = 2
const retired: Dataflow = {
  id: 'flow',
  name: 'Flow',
  enabled: false,
  activationDelayMs: 0,
  solutions: ['s', 't'],
  segments: {},
  retired: true,
  revision: 7,
}

async function prepared() {
  const clock = simulatedClock(1_000)
  const shared = memoryStore(partitionCount, clock)
  const ports = memoryPorts({ partitionCount, clock, shared })
  await ports.dataflows.put(retired)
  await ports.counterparts.ready('s', 'flow', 'ups:a', { remoteId: '1', name: 'A' })
  await ports.counterparts.gone('s', 'flow', 'ups:a', '1')
  for (const { books, ledgers } of shared.partitions) {
    books.set(bookField('flow', 's', 'activated'), 3)
    books.set(bookField('flow', 's', 'pending'), 0)
    books.set(bookField('other', 's', 'pending'), 5)
    ledgers.set('flow:s', new Map([['ECID:1', Buffer.from('entry')]]))
    ledgers.set('other:s', new Map([['ECID:1', Buffer.from('entry')]]))
  }
  const job = retireJob(retired).payload
  if (job.kind !== 'retire') throw new Error('it is no job to retire')
  const left = () => ({
    dataflows: [...shared.dataflows.keys()],
    ledgers: shared.partitions.map(({ ledgers }) => [...ledgers.keys()]),
    books: shared.partitions.map(({ books }) => [...books.keys()]),
    counterparts: [...(shared.solutions.get('s')?.counterparts.keys() ?? [])],
  })
  return { ports, shared, job, left, retire: createRetire(ports, partitionCount) }
}

const nothing = {
  dataflows: [],
  ledgers: [['other:s'], ['other:s']],
  books: [['other|s|pending'], ['other|s|pending']],
  counterparts: [],
}

test('what nothing is under way of is forgotten, and nothing of others', async () => {
  const { retire, job, left } = await prepared()
  expect(await retire(job)).toEqual({ status: 'done' })
  expect(left()).toEqual(nothing)
  expect(await retire(job)).toEqual({ status: 'done' })
})

test('as long as something stands for a segment, or a row is pending, nothing is forgotten', async () => {
  const { retire, job, left, ports, shared } = await prepared()
  const before = left()
  await ports.counterparts.ready('t', 'flow', 'ups:b', { remoteId: '2', name: 'B' })
  const first = await retire(job)
  expect(first).toMatchObject({ status: 'again', payload: { ...job, attempt: 1 } })
  expect(left()).toEqual(before)
  await ports.counterparts.gone('t', 'flow', 'ups:b', '2')
  shared.partitions[1]?.books.set(bookField('flow', 's', 'pending'), 1)
  const second = await retire({ ...job, attempt: 1 })
  expect(second).toMatchObject({ status: 'again', payload: { attempt: 2 } })
  expect(left()).toEqual(before)
  shared.partitions[1]?.books.set(bookField('flow', 's', 'pending'), 0)
  expect(await retire(job)).toEqual({ status: 'done' })
  expect(left()).toEqual(nothing)
})

test('it is looked at ever more seldom, at least once a minute', async () => {
  const { retire, job, ports } = await prepared()
  await ports.counterparts.ready('s', 'flow', 'ups:b', { remoteId: '2', name: 'B' })
  let waitedMs = 0
  for (const attempt of [0, 1, 5, 8, 100]) {
    const outcome = await retire({ ...job, attempt })
    const afterMs = outcome.status === 'again' ? outcome.afterMs : 0
    expect(afterMs).toBeGreaterThanOrEqual(waitedMs)
    waitedMs = afterMs
  }
  expect(waitedMs).toBe(60_000)
})

test('a dataflow that is not retired is let alone', async () => {
  const { retire, job, left, ports } = await prepared()
  await ports.dataflows.put({ ...retired, retired: false, revision: 8 })
  const before = left()
  expect(await retire(job)).toEqual({ status: 'done' })
  expect(left()).toEqual(before)
})

test('whoever dies in between leaves it to be done again', async () => {
  for (let steps = 0; steps < 6; steps += 1) {
    const { ports, job, left, shared } = await prepared()
    let stepsLeft = steps
    const dying = async (): Promise<void> => {
      stepsLeft -= 1
      if (stepsLeft < 0) throw new Error('died')
    }
    const failing = createRetire(
      {
        ...ports,
        ledger: {
          ...ports.ledger,
          forget: async (...at) => {
            await dying()
            await ports.ledger.forget(...at)
          },
        },
        counterparts: {
          ...ports.counterparts,
          forget: async (...at) => {
            await dying()
            await ports.counterparts.forget(...at)
          },
        },
      },
      partitionCount,
    )
    await expect(failing(job)).rejects.toThrow('died')
    expect([...shared.dataflows.keys()]).toEqual(['flow'])
    expect(await createRetire(ports, partitionCount)(job)).toEqual({ status: 'done' })
    expect(left()).toEqual(nothing)
  }
})

test('put again by a newer configuration meanwhile, it is removed by the next look', async () => {
  const { ports, job, left } = await prepared()
  let puts = 1
  const retire = createRetire(
    {
      ...ports,
      dataflows: {
        ...ports.dataflows,
        remove: async (id, revision) => {
          if (puts > 0) await ports.dataflows.put({ ...retired, revision: 9 })
          puts = 0
          await ports.dataflows.remove(id, revision)
        },
      },
    },
    partitionCount,
  )
  expect(await retire(job)).toMatchObject({ status: 'again' })
  expect(await retire(job)).toEqual({ status: 'done' })
  expect(left()).toEqual(nothing)
})
