import { describe, expect, test } from 'vitest'
import type { DeadLetter } from '../../ports/ledger.ts'
import { bookField } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { delivery, toldOf } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const place = ['flow', 's'] as const

const letter: DeadLetter = {
  profileKey: 'a',
  segment: 0,
  code: 'REFUSED',
  detail: '',
  atMs: 1,
  attempts: 1,
}

async function scanned({ ledger }: Ports, count: number): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>()
  let cursor = '0'
  do {
    const part = await ledger.scan(0, ...place, cursor, count)
    cursor = part.cursor
    for (const { profileKey, entry } of part.entries) all.set(profileKey, entry)
  } while (cursor !== '0')
  return all
}

/** What every ledger owes whoever reads it whole, and what it counts of what is told again. */
export function testLedgerScan(create: CreateSubject): void {
  describe('a ledger read as a whole', () => {
    test('every entry is met, part after part', async () => {
      const ports = (await create()).ports()
      expect(await scanned(ports, 10)).toEqual(new Map())
      const keys = Array.from({ length: 1_000 }, (_, index) => `ECID:${index}`)
      const one = delivery(ports, 7)
      await one.claim(keys)
      await one.settle({ keys })
      const all = await scanned(ports, 100)
      expect([...all.keys()].toSorted()).toEqual(keys.toSorted())
      expect([...all.values()].every((entry) => entry.equals(toldOf(7)))).toBe(true)
    })

    test('what a dataflow told a solution is forgotten with its books, and nothing else', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      await one.claim(['a'])
      await one.settle({ keys: ['a'], resent: ['a'], deadLetters: [letter] })
      await ports.ledger.forget(0, 'flow', 'other')
      await ports.ledger.forget(0, 'flo', 's')
      await ports.ledger.forget(1, ...place)
      expect((await scanned(ports, 10)).size).toBe(1)
      expect((await ports.store.books(0)).size).toBe(1)
      expect(await ports.ledger.deadLetterCount(0, ...place)).toBe(1)
      await ports.ledger.forget(0, ...place)
      expect((await scanned(ports, 10)).size).toBe(0)
      expect((await ports.store.books(0)).size).toBe(0)
      expect(await ports.ledger.deadLetterCount(0, ...place)).toBe(0)
      await ports.ledger.forget(0, ...place)
    })

    test('what was told again is counted apart from the rows, unless the claim was lost', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      await one.claim(['a', 'b'])
      await delivery(ports, 2).claim(['c'])
      expect(await one.settle({ keys: ['a', 'b', 'c'], resent: ['a', 'b', 'a', 'c'] })).toEqual([
        'c',
      ])
      const books = await ports.store.books(0)
      expect([...books]).toEqual([[bookField(...place, 'resent'), 3]])
    })
  })
}
