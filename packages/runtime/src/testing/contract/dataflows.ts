import { describe, expect, test } from 'vitest'
import type { Dataflow } from '../../ports/dataflows.ts'
import { commitOf, own } from './commits.ts'
import { until, type CreateSubject } from './subject.ts'

const dataflow = (id: string, name: string): Dataflow => ({
  id,
  name,
  enabled: true,
  activationDelayMs: 10_000,
  solutions: ['marketo', 'target'],
  segments: { 'ups:a': { name: 'Ünder 30', solutions: ['target'] } },
})

/** What every place for dataflows owes. */
export function testDataflows(create: CreateSubject): void {
  describe('dataflows', () => {
    test('are listed by id, each as it was last put', async () => {
      const { dataflows } = (await create()).ports()
      expect(await dataflows.list()).toEqual([])
      await dataflows.put(dataflow('b', 'second'))
      await dataflows.put(dataflow('a', 'first'))
      await dataflows.put(dataflow('b', 'second anew'))
      expect(await dataflows.list()).toEqual([dataflow('a', 'first'), dataflow('b', 'second anew')])
    })

    test('what is listed is nobody else’s object', async () => {
      const { dataflows } = (await create()).ports()
      const put = { ...dataflow('a', 'first'), solutions: ['marketo'] }
      await dataflows.put(put)
      put.solutions.push('campaign')
      expect((await dataflows.list())[0]!.solutions).toEqual(['marketo'])
    })

    test('one made from an older configuration does not replace a newer one', async () => {
      const { dataflows } = (await create()).ports()
      await dataflows.put({ ...dataflow('a', 'third'), revision: 3 })
      const version = await dataflows.version()
      await dataflows.put({ ...dataflow('a', 'second'), revision: 2 })
      expect(await dataflows.version()).toBe(version)
      await dataflows.put({ ...dataflow('a', 'third again'), revision: 3 })
      expect((await dataflows.list()).map(({ name }) => name)).toEqual(['third again'])
    })

    test('what is settled by a newer configuration is not put by an older one any more', async () => {
      const { dataflows } = (await create()).ports()
      await dataflows.put({ ...dataflow('a', 'second'), revision: 2 })
      await dataflows.settle(4)
      await dataflows.settle(3)
      await dataflows.put({ ...dataflow('a', 'third'), revision: 3 })
      await dataflows.put({ ...dataflow('b', 'third'), revision: 3 })
      expect((await dataflows.list()).map(({ name }) => name)).toEqual(['second'])
      await dataflows.put({ ...dataflow('a', 'fourth'), revision: 4 })
      await dataflows.put(dataflow('c', 'made from none'))
      expect((await dataflows.list()).map(({ name }) => name)).toEqual(['fourth', 'made from none'])
    })

    test('only a retired one is removed, as it was listed, and it does not come back', async () => {
      const subject = await create()
      const { dataflows } = subject.ports()
      const retired = { ...dataflow('a', 'gone'), retired: true, revision: 5 }
      await dataflows.put({ ...dataflow('a', 'there'), revision: 4 })
      await dataflows.remove('a', 4)
      await dataflows.put(retired)
      await dataflows.remove('a', 4)
      await dataflows.remove('b', 5)
      expect(await dataflows.list()).toEqual([retired])
      let told = 0
      const end = await subject.ports('b').dataflows.watch(() => {
        told += 1
      })
      const version = await dataflows.version()
      await dataflows.remove('a', 5)
      expect(await dataflows.list()).toEqual([])
      expect(await dataflows.version()).toBeGreaterThan(version)
      await until(subject, 'others are told', () => told === 1)
      await dataflows.put({ ...dataflow('a', 'there'), revision: 4 })
      expect(await dataflows.list()).toEqual([])
      await end()
    })

    test('once a dataflow is put, no commit goes by older ones, in any partition', async () => {
      const ports = (await create()).ports()
      const before = await ports.dataflows.version()
      await ports.dataflows.put(dataflow('a', 'first'))
      const after = await ports.dataflows.version()
      expect(after).toBeGreaterThan(before)
      for (const partition of [0, 1]) {
        const owner = await own(ports, partition)
        const by = (dataflowsVersion: number) =>
          ports.store.commit(partition, commitOf({ owner, dataflowsVersion }))
        expect(await by(before)).toEqual({ status: 'outdated' })
        expect((await ports.store.open(partition)).offset).toBe('0-0')
        expect(await by(after)).toMatchObject({ status: 'committed' })
      }
    })

    test('every watch is told of changes by anybody, until it ends', async () => {
      const subject = await create()
      const told = { own: 0, other: 0 }
      const { dataflows } = subject.ports('a')
      const end = await dataflows.watch(() => {
        told.own += 1
      })
      const endOther = await subject.ports('b').dataflows.watch(() => {
        told.other += 1
      })
      await dataflows.put(dataflow('a', 'first'))
      await until(subject, 'both are told', () => told.own === 1 && told.other === 1)
      await end()
      await subject.ports('b').dataflows.put(dataflow('a', 'second'))
      await until(subject, 'the one that still watches is told', () => told.other === 2)
      expect(told.own).toBe(1)
      await endOther()
    })
  })
}
