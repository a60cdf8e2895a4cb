import { describe, expect, onTestFinished, test } from 'vitest'
import { livenessMs } from '../../ports/ownership.ts'
import { commitOf, own } from './commits.ts'
import { subjectPartitions, type CreateSubject } from './subject.ts'

const nobody = Array.from({ length: subjectPartitions }, () => undefined)

/** What every ownership owes (design §6, invariant 3). */
export function testOwnership(create: CreateSubject): void {
  describe('ownership', () => {
    test('who takes a free partition owns it, and no other', async () => {
      const subject = await create()
      const { ownership } = subject.ports('a')
      expect(await ownership.owners()).toEqual(nobody)
      expect(await own(subject.ports('a'), 2)).toBeTypeOf('string')
      expect(await ownership.owners()).toEqual([undefined, undefined, 'a', undefined])
    })

    test('a worker that lives keeps its partition', async () => {
      const subject = await create()
      const nonce = await own(subject.ports('a'), 0)
      const other = subject.ports('b')
      await other.ownership.renew()
      expect(await other.ownership.take(0)).toBeUndefined()
      const outcome = await subject.ports('a').store.commit(0, commitOf({ owner: nonce }))
      expect(outcome.status).toBe('committed')
    })

    test.for(['went', 'is silent'])(
      'a worker that %s loses its partition to who takes it',
      async (how) => {
        const subject = await create()
        const paused = await own(subject.ports('a'), 0)
        if (how === 'went') await subject.ports('a').ownership.leave()
        else await subject.silence('a')
        const other = subject.ports('b')
        const nonce = await own(other, 0)
        expect(await other.ownership.owners()).toEqual(['b', undefined, undefined, undefined])
        const { store } = subject.ports('a')
        // The paused worker wakes up: it lives again, and still may write nothing.
        await subject.ports('a').ownership.renew()
        expect((await store.commit(0, commitOf({ owner: paused }))).status).toBe('fenced')
        expect((await store.commit(0, commitOf({ owner: nonce }))).status).toBe('committed')
        expect(await subject.ports('a').ownership.take(0)).toBeUndefined()
      },
    )

    test('of two workers that see the same owner gone one takes over', async () => {
      const subject = await create()
      await own(subject.ports('a'), 0)
      await subject.silence('a')
      const workers = ['b', 'c', 'd'].map((name) => subject.ports(name).ownership)
      await Promise.all(workers.map((ownership) => ownership.renew()))
      const taken = await Promise.all(workers.map((ownership) => ownership.take(0)))
      expect(taken.filter((nonce) => nonce !== undefined)).toHaveLength(1)
    })

    test('a worker that takes its own partition again fences what it was before', async () => {
      const subject = await create()
      const ports = subject.ports('a')
      const before = await own(ports, 0)
      const after = await own(ports, 0)
      expect(after).not.toBe(before)
      expect((await ports.store.commit(0, commitOf({ owner: before }))).status).toBe('fenced')
      expect((await ports.store.commit(0, commitOf({ owner: after }))).status).toBe('committed')
    })

    test('a released partition is free, and its nonce is worth nothing', async () => {
      const subject = await create()
      const ports = subject.ports('a')
      const nonce = await own(ports, 0)
      await ports.ownership.release(0, nonce)
      expect(await ports.ownership.owners()).toEqual(nobody)
      expect((await ports.store.commit(0, commitOf({ owner: nonce }))).status).toBe('fenced')
      expect(await subject.ports('b').ownership.take(0)).toBeDefined()
    })

    test('who does not own a partition cannot release it', async () => {
      const subject = await create()
      const before = await own(subject.ports('a'), 0)
      await subject.silence('a')
      await own(subject.ports('b'), 0)
      await subject.ports('a').ownership.release(0, before)
      expect((await subject.ports('a').ownership.owners())[0]).toBe('b')
    })

    test('a renewal answers the store’s time', async () => {
      const subject = await create()
      const ports = subject.ports('a')
      const { storeMs: firstMs } = await ports.ownership.renew()
      expect(Math.abs(firstMs - ports.clock.nowMs())).toBeLessThan(livenessMs)
      await subject.pass(10)
      expect((await ports.ownership.renew()).storeMs).toBeGreaterThanOrEqual(firstMs + 10)
    })

    test('a renewal answers who lives, and what they say of themselves', async () => {
      const subject = await create()
      const [a, b] = ['a', 'b'].map((name) => subject.ports(name).ownership)
      const about = { host: 'somewhere', startedMs: 5, skewMs: -7 }
      const first = await a!.renew({ state: 'live', ...about })
      const saidByA = { name: 'a', state: 'live', ...about, untilMs: first.storeMs + livenessMs }
      expect(first.workers).toEqual([saidByA])
      const { workers } = await b!.renew({ state: 'leaving' })
      expect(workers).toMatchObject([saidByA, { name: 'b', state: 'leaving' }])
      expect(await a!.workers()).toEqual(workers)
      await subject.silence('a')
      expect((await b!.renew()).workers).toMatchObject([{ name: 'b', state: 'live' }])
      await b!.leave()
      expect(await a!.workers()).toEqual([])
    })

    test('a worker that is leaving keeps what it has until it gives it up', async () => {
      const subject = await create()
      const { ownership } = subject.ports('a')
      const nonce = await own(subject.ports('a'), 0)
      await ownership.renew({ state: 'leaving' })
      expect(await subject.ports('b').ownership.take(0)).toBeUndefined()
      await ownership.release(0, nonce)
      expect(await subject.ports('b').ownership.take(0)).toBeDefined()
    })

    test('whoever watches hears of who comes and goes, and of what is released', async () => {
      const subject = await create()
      const [a, b] = ['a', 'b'].map((name) => subject.ports(name).ownership)
      let heard = 0
      const end = await b!.watch(() => {
        heard += 1
      })
      const hears = async (act: () => Promise<unknown>): Promise<void> => {
        const before = heard
        await act()
        await expect.poll(() => heard).toBeGreaterThan(before)
      }
      await hears(() => a!.renew())
      const nonce = (await a!.take(0)) ?? ''
      await hears(() => a!.renew({ state: 'leaving' }))
      await hears(() => a!.release(0, nonce))
      await hears(() => a!.leave())
      await end()
      const before = heard
      await a!.renew()
      expect(heard).toBe(before)
    })

    test('a renewal that changes nothing is told to nobody', async () => {
      const subject = await create()
      const [a, b] = ['a', 'b'].map((name) => subject.ports(name).ownership)
      await a!.renew()
      let heard = 0
      onTestFinished(
        await b!.watch(() => {
          heard += 1
        }),
      )
      await a!.renew()
      // What is told comes in order: had the renewal been told, it would be heard before this.
      await b!.leave()
      await expect.poll(() => heard).toBe(1)
    })
  })
}
