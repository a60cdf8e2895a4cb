import { codes, membershipOffset, State } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { unpackChunk } from '../../codec/outbox-chunk.ts'
import type { KnownDataflows } from '../../partition/partition-loop.ts'
import type { Commit, CommitOutcome, PartitionStore } from '../../ports/partition-store.ts'
import { own } from './commits.ts'
import { appendUpdates, caughtUp, dataflow, startLoop, storedProfile, update } from './loops.ts'
import { until, type CreateSubject, type Subject } from './subject.ts'

/** The subject's store with another commit. */
function storeThat(
  subject: Subject,
  commit: (partition: number, commit: Commit, store: PartitionStore) => Promise<CommitOutcome>,
): { readonly store: PartitionStore } {
  const { store } = subject.ports()
  return { store: { ...store, commit: (partition, one) => commit(partition, one, store) } }
}

/** Everything that two updates and nothing else should leave. */
async function expectTwoUpdates(subject: Subject): Promise<void> {
  const { store, outbox } = subject.ports()
  await caughtUp(subject)
  const counters = await store.counters(0)
  expect(counters.get('steppedRecords')).toBe(2)
  expect(counters.get('realized')).toBe(2)
  expect(counters.get('outboxRows')).toBe(2)
  expect((await store.books(0)).get('flow|s|received')).toBe(2)
  const buckets = await outbox.buckets(0)
  const chunks = await Promise.all(buckets.map(({ bucket }) => outbox.chunks(0, bucket, 0, -1)))
  expect(chunks.flat().flatMap(unpackChunk)).toHaveLength(2)
  for (const profileKey of ['p', 'q']) {
    const profile = await storedProfile(subject.ports(), profileKey)
    expect(profile?.memberships[membershipOffset(profile, 0) + State]).toBe(codes.Realized)
  }
}

/** What the loop of a partition owes when its store fails, stalls or is another worker's by now. */
export function testLoopFaults(create: CreateSubject): void {
  describe('partition loop under faults', () => {
    test('an update is routed by the dataflow that was put before it, also by a worker that was not told', async () => {
      const subject = await create()
      const ports = subject.ports()
      let known: KnownDataflows = { version: 0, dataflows: [] }
      let refreshes = 0
      await startLoop(subject, {
        dataflows: {
          dataflows: () => known,
          refreshDataflows: async () => {
            refreshes += 1
            const version = await ports.dataflows.version()
            known = { version, dataflows: await ports.dataflows.list() }
          },
        },
      })
      await appendUpdates(ports, 0, [update('nobody', 'realized')])
      await caughtUp(subject)
      await ports.dataflows.put(dataflow)
      await appendUpdates(ports, 0, [update('p', 'realized'), update('q', 'realized')])
      await caughtUp(subject)
      expect((await ports.store.books(0)).get('flow|s|received')).toBe(2)
      expect((await ports.store.counters(0)).get('realized')).toBe(3)
      expect(refreshes).toBe(1)
    })

    test.for(['is lost', 'never came to be'])(
      'a commit whose answer %s is neither lost nor doubled',
      async (fault) => {
        const subject = await create()
        let commits = 0
        const instead = storeThat(subject, async (partition, commit, store) => {
          commits += 1
          if (commits !== 2) return store.commit(partition, commit)
          if (fault === 'is lost') await store.commit(partition, commit)
          throw new Error('connection closed')
        })
        const loop = await startLoop(subject, { instead })
        await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
        await caughtUp(subject)
        await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
        await until(subject, 'the fault is told', () => loop.failures.length > 0)
        await expectTwoUpdates(subject)
        // And the loop is well: what comes next is stepped from what is stored.
        await appendUpdates(subject.ports(), 0, [update('q', 'exited', { qualifiedMs: 2_000 })])
        await caughtUp(subject)
        expect((await subject.ports().store.counters(0)).get('realized')).toBe(1)
        expect(loop.failures.map(String)).toEqual(['Error: connection closed'])
      },
    )

    test('a commit that comes after its failure was told is found out, and gone on from', async () => {
      const subject = await create()
      let late: (() => Promise<unknown>) | undefined
      const outcomes: string[] = []
      const instead = storeThat(subject, async (partition, commit, store) => {
        if (outcomes.length === 0) {
          outcomes.push('no answer')
          late = () => store.commit(partition, commit)
          throw new Error('no answer')
        }
        // The partition is open again from the old offset, and only now the first commit comes.
        await late?.()
        late = undefined
        const outcome = await store.commit(partition, commit)
        outcomes.push(outcome.status)
        return outcome
      })
      await startLoop(subject, { instead })
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await until(subject, 'the late commit is found out', () => outcomes.includes('moved'))
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      await expectTwoUpdates(subject)
      expect(outcomes).toEqual(['no answer', 'moved', 'committed'])
    })

    test('a profile that was changed by a commit that failed is stepped from what is stored', async () => {
      const subject = await create()
      let commits = 0
      const instead = storeThat(subject, async (partition, commit, store) => {
        commits += 1
        if (commits === 2) throw new Error('connection closed')
        return store.commit(partition, commit)
      })
      await startLoop(subject, { instead })
      const ports = subject.ports()
      await appendUpdates(ports, 0, [update('p', 'realized')])
      await caughtUp(subject)
      await appendUpdates(ports, 0, [update('p', 'exited', { qualifiedMs: 2_000 })])
      await caughtUp(subject)
      // Stepped twice from memory, the exit would be known already the second time and leave no row.
      expect((await ports.store.books(0)).get('flow|s|received')).toBe(2)
      expect((await ports.store.counters(0)).get('exited')).toBe(1)
    })

    test('a loop whose partition was taken ends as fenced and writes nothing', async () => {
      const subject = await create()
      const loop = await startLoop(subject)
      const ports = subject.ports()
      await appendUpdates(ports, 0, [update('p', 'realized')])
      await caughtUp(subject)
      await subject.silence('a')
      await own(subject.ports('b'), 0)
      const before = await ports.store.open(0)
      await appendUpdates(ports, 0, [
        update('p', 'exited', { qualifiedMs: 2_000 }),
        update('q', 'realized'),
      ])
      await until(subject, 'the loop ends', async () => {
        return (await Promise.race([loop.ended, subject.pass(1)])) === 'fenced'
      })
      expect(await ports.store.open(0)).toEqual(before)
      expect(await storedProfile(ports, 'q')).toBeUndefined()
      expect((await ports.store.counters(0)).get('steppedRecords')).toBe(1)
      expect(loop.residentCount()).toBe(0)
    })

    test('who takes a partition over goes on where the last commit left off', async () => {
      const subject = await create()
      const first = await startLoop(subject)
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await caughtUp(subject)
      // The first loop is fenced by the second, which belongs to the same worker.
      await startLoop(subject)
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      await expectTwoUpdates(subject)
      expect(first.failures).toEqual([])
    })

    test('stopping finishes the slice in work, and starts no other', async () => {
      const subject = await create()
      const committing = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const instead = storeThat(subject, async (partition, commit, store) => {
        committing.resolve()
        await release.promise
        return store.commit(partition, commit)
      })
      const loop = await startLoop(subject, { instead })
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await committing.promise
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      const stopping = loop.stop()
      release.resolve()
      expect(await stopping).toBe('stopped')
      expect(await storedProfile(subject.ports(), 'p')).toBeDefined()
      expect(await storedProfile(subject.ports(), 'q')).toBeUndefined()
    })

    test('stopping ends a loop that waits for entries', async () => {
      const subject = await create()
      const loop = await startLoop(subject)
      await subject.pass(5)
      expect(await loop.stop()).toBe('stopped')
      expect(await loop.ended).toBe('stopped')
    })

    test('a loop that ends, or begins anew after an error, leaves no read behind', async () => {
      const subject = await create()
      const { log } = subject.ports()
      let reading = 0
      let commits = 0
      const instead = {
        ...storeThat(subject, async (partition, commit, store) => {
          commits += 1
          if (commits === 1) throw new Error('connection closed')
          return store.commit(partition, commit)
        }),
        log: {
          ...log,
          read: async (...args: Parameters<typeof log.read>) => {
            reading += 1
            try {
              return await log.read(...args)
            } finally {
              reading -= 1
            }
          },
        },
      }
      const loop = await startLoop(subject, { instead })
      await appendUpdates(subject.ports(), 0, [update('p', 'realized')])
      await caughtUp(subject)
      await until(subject, 'one read waits', () => reading === 1)
      await own(subject.ports(), 0)
      await appendUpdates(subject.ports(), 0, [update('q', 'realized')])
      expect(await loop.ended).toBe('fenced')
      await until(subject, 'no read is left', () => reading === 0)
      expect(commits).toBe(3)
    })

    test('a read that fails while a commit is waited for is recovered from', async () => {
      const subject = await create()
      const ports = subject.ports()
      let failing = true
      const release = Promise.withResolvers<void>()
      const instead = {
        ...storeThat(subject, async (partition, commit, store) => {
          await release.promise
          return store.commit(partition, commit)
        }),
        log: {
          ...ports.log,
          read: async (...args: Parameters<typeof ports.log.read>) => {
            const isNext = args[1] !== '0-0'
            if (isNext && failing) throw new Error('connection closed')
            return ports.log.read(...args)
          },
        },
      }
      const loop = await startLoop(subject, { instead })
      await appendUpdates(ports, 0, [update('p', 'realized'), update('q', 'realized')])
      await subject.pass(20)
      release.resolve()
      await until(subject, 'the failure is told', () => loop.failures.length > 0)
      failing = false
      await expectTwoUpdates(subject)
      expect(new Set(loop.failures.map(String))).toEqual(new Set(['Error: connection closed']))
    })
  })
}
