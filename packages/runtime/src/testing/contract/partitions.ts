import { tableTransitions } from '@segue/profile'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startPartitions, type Partitions } from '../../partition/partitions.ts'
import type { Ports } from '../../ports/ports.ts'
import { appendUpdates, dataflow, update } from './loops.ts'
import { subjectPartitions, until, type CreateSubject, type Subject } from './subject.ts'

/** A worker that runs partitions, and what it told of them. */
interface StartedWorker {
  readonly partitions: Partitions
  /** How its partitions' loops ended. */
  readonly ends: string[]
  readonly failures: unknown[]
  readonly sweeps: { readonly partition: number; readonly all: boolean }[]
}

async function startWorker(
  subject: Subject,
  name: string,
  instead: Partial<Ports> = {},
): Promise<StartedWorker> {
  const told = {
    ends: [] as string[],
    failures: [] as unknown[],
    sweeps: [] as StartedWorker['sweeps'],
  }
  const partitions = await startPartitions(
    { ...subject.ports(name), ...instead },
    {
      partitionCount: subjectPartitions,
      residentMax: 1_000,
      startTransitions: () => tableTransitions,
      dataflows: () => ({ version: 0, dataflows: [dataflow] }),
      refreshDataflows: () => Promise.resolve(),
      opened: () => Promise.resolve(),
      sweep: async (partition, all) => {
        told.sweeps.push({ partition, all })
      },
      log: {
        taken: () => {},
        ended: (_, how) => told.ends.push(how),
        failed: (_, error) => told.failures.push(error),
      },
    },
  )
  onTestFinished(() => partitions.stop())
  return { partitions, ...told }
}

const everyPartition = Array.from({ length: subjectPartitions }, (_, partition) => partition)

/** Waits until these workers have all partitions, each the same number. */
function shared(subject: Subject, ...workers: readonly StartedWorker[]): Promise<void> {
  return until(subject, 'the partitions are shared out', async () => {
    const owned = workers.map(({ partitions }) => partitions.owned())
    const each = subjectPartitions / workers.length
    const owners = await subject.ports().ownership.owners()
    return (
      owned.every((one) => one.length === each) &&
      owned
        .flat()
        .toSorted((one, other) => one - other)
        .join() === everyPartition.join() &&
      owners.every((owner) => owner !== undefined)
    )
  })
}

/** Appends an update to every partition. @returns how many are appended in all */
async function appendEverywhere(subject: Subject, round: number): Promise<void> {
  for (const partition of everyPartition) {
    const qualifiedMs = 1_000 + round
    await appendUpdates(subject.ports(), partition, [update('p', 'realized', { qualifiedMs })])
  }
}

/** Waits until every partition has stepped this many updates, and not one more. */
function stepped(subject: Subject, each: number): Promise<void> {
  return until(subject, 'all is stepped', async () => {
    const { store } = subject.ports()
    const counters = await Promise.all(everyPartition.map((partition) => store.counters(partition)))
    return counters.every((one) => (one.get('steppedRecords') ?? 0) === each)
  })
}

/** How workers share partitions out, whatever ports they run on (design §7). */
export function testPartitions(create: CreateSubject): void {
  describe('partitions', () => {
    test('who is alone has all; who joins gets its share, in order', async () => {
      const subject = await create()
      const a = await startWorker(subject, 'a')
      expect(a.partitions.owned()).toEqual(everyPartition)
      await appendEverywhere(subject, 1)
      await stepped(subject, 1)
      const b = await startWorker(subject, 'b')
      await shared(subject, a, b)
      await appendEverywhere(subject, 2)
      await stepped(subject, 2)
      // Nobody was fenced: what a had was committed and released before b took it.
      expect(a.ends).toEqual(['stopped', 'stopped'])
      expect(b.ends).toEqual([])
      expect([...a.failures, ...b.failures]).toEqual([])
    })

    test('who leaves hands its partitions over, and is gone', async () => {
      const subject = await create()
      const a = await startWorker(subject, 'a')
      const b = await startWorker(subject, 'b')
      await shared(subject, a, b)
      await appendEverywhere(subject, 1)
      await a.partitions.stop()
      expect(a.partitions.owned()).toEqual([])
      await shared(subject, b)
      await stepped(subject, 1)
      expect(a.ends).toEqual(['stopped', 'stopped', 'stopped', 'stopped'])
      const workers = await subject.ports('b').ownership.workers()
      expect(workers.map(({ name }) => name)).toEqual(['b'])
    })

    test('what a silent worker has is taken, and it learns that it is fenced', async () => {
      const subject = await create()
      const a = await startWorker(subject, 'a', { ownership: onceRenewed(subject.ports('a')) })
      await subject.silence('a')
      const b = await startWorker(subject, 'b')
      await shared(subject, b)
      // The paused one goes on with what it thinks is its own: each of its commits is refused.
      await appendEverywhere(subject, 1)
      await until(subject, 'the old owner is fenced', () => a.ends.length === subjectPartitions)
      await stepped(subject, 1)
      expect(new Set(a.ends)).toEqual(new Set(['fenced']))
      expect(a.partitions.owned()).toEqual([])
    })

    test('a partition that could not be released is released later', async () => {
      const subject = await create()
      const { ownership } = subject.ports('a')
      let isAway = true
      const release: typeof ownership.release = async (partition, nonce) => {
        if (isAway) throw new Error('away')
        await ownership.release(partition, nonce)
      }
      const a = await startWorker(subject, 'a', { ownership: { ...ownership, release } })
      const b = await startWorker(subject, 'b')
      await until(subject, 'releases failed', () => a.failures.length >= 2)
      expect(b.partitions.owned()).toEqual([])
      isAway = false
      await shared(subject, a, b)
    })

    test('a partition that was taken is swept whole', async () => {
      const subject = await create()
      const a = await startWorker(subject, 'a')
      await until(subject, 'all are swept', () => a.sweeps.length >= subjectPartitions)
      expect(a.sweeps).toEqual(everyPartition.map((partition) => ({ partition, all: true })))
    })
  })
}

/** An ownership that cannot renew what it said once, and hears nothing: a worker that is cut off. */
function onceRenewed({ ownership }: Ports): Ports['ownership'] {
  let isFirst = true
  return {
    ...ownership,
    renew: async (presence) => {
      if (!isFirst) throw new Error('cut off')
      isFirst = false
      return ownership.renew(presence)
    },
    watch: () => Promise.resolve(() => Promise.resolve()),
  }
}
