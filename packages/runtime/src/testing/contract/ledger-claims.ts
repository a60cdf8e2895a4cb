import { describe, expect, test } from 'vitest'
import { unpackEntry } from '../../codec/ledger-entry.ts'
import type { Claimed } from '../../ports/ledger.ts'
import type { Ports } from '../../ports/ports.ts'
import { committer, own } from './commits.ts'
import { delivery, place, toldOf } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const statuses = (claimed: readonly Claimed[]): string[] => claimed.map(({ status }) => status)

async function entryOf({ ledger }: Ports, profileKey: string): Promise<Buffer | undefined> {
  const [entry] = await ledger.entries(0, place.dataflow, place.solution, [profileKey])
  return entry
}

const doubtsOf = async (ports: Ports, profileKey: string): Promise<number[]> => [
  ...unpackEntry(await entryOf(ports, profileKey)).doubts,
]

/** What every ledger owes to claims (design §6, invariant 5). */
export function testLedgerClaims(create: CreateSubject): void {
  describe('claims of a ledger', () => {
    test('one delivery at a time has a profile', async () => {
      const ports = (await create()).ports()
      const [one, other] = [delivery(ports, 1), delivery(ports, 2)]
      expect(statuses(await one.claim(['p', 'q']))).toEqual(['claimed', 'claimed'])
      expect(statuses(await other.claim(['r', 'p', 'q']))).toEqual(['claimed', 'busy', 'busy'])
      expect(statuses(await one.claim(['q', 'r']))).toEqual(['claimed', 'busy'])
      expect(await one.claim([])).toEqual([])
    })

    test('an entry of a newer release is not claimed, and stays as it is', async () => {
      const ports = (await create()).ports()
      const newer = toldOf(7)
      newer[12] = 0x10
      await delivery(ports, 1).claim(['p'])
      await delivery(ports, 1).settle({ keys: ['p'], entry: newer })
      await expect(delivery(ports, 2).claim(['p'])).rejects.toThrow('WRITTEN_BY_NEWER')
      expect((await entryOf(ports, 'p'))?.toString('hex')).toBe(newer.toString('hex'))
      expect(() => unpackEntry(newer)).toThrow('WRITTEN_BY_NEWER')
    })

    test('a claim is for one dataflow, solution and partition', async () => {
      const { ledger } = (await create()).ports()
      const claims = [{ profileKey: 'p', segments: [] }]
      const claim = async (partition: number, dataflow: string, solution: string, token: number) =>
        statuses(
          await ledger.claim(partition, dataflow, solution, Buffer.alloc(6, token), 60_000, claims),
        )
      expect(await claim(0, 'f', 's', 1)).toEqual(['claimed'])
      expect(await claim(0, 'f', 't', 2)).toEqual(['claimed'])
      expect(await claim(0, 'g', 's', 3)).toEqual(['claimed'])
      expect(await claim(1, 'f', 's', 4)).toEqual(['claimed'])
      expect(await claim(0, 'f', 's', 5)).toEqual(['busy'])
    })

    test('a claim ends with its lease, and not before', async () => {
      const subject = await create()
      const ports = subject.ports()
      await delivery(ports, 1).claim(['p'], { leaseMs: 60_000 })
      await delivery(ports, 1).claim(['q'], { leaseMs: 10 })
      await subject.pass(20)
      expect(statuses(await delivery(ports, 2).claim(['p', 'q']))).toEqual(['busy', 'claimed'])
      expect(statuses(await delivery(ports, 1).claim(['q']))).toEqual(['busy'])
    })

    test('the same delivery may claim again, and has its lease anew', async () => {
      const subject = await create()
      const ports = subject.ports()
      await delivery(ports, 1).claim(['p'], { leaseMs: 10 })
      await delivery(ports, 1).claim(['p'], { leaseMs: 60_000 })
      await subject.pass(20)
      expect(statuses(await delivery(ports, 2).claim(['p']))).toEqual(['busy'])
    })

    test('doubts gather, each once, until somebody settles', async () => {
      const subject = await create()
      const ports = subject.ports()
      await delivery(ports, 1).claim(['p'], { segments: [3, 700], leaseMs: 0 })
      await delivery(ports, 2).claim(['p'], { segments: [700, 5, 5], leaseMs: 0 })
      expect(await doubtsOf(ports, 'p')).toEqual([3, 700, 5])
      await delivery(ports, 3).claim(['p'], { segments: [] })
      expect(await doubtsOf(ports, 'p')).toEqual([3, 700, 5])
      expect(await delivery(ports, 3).settle({ keys: ['p'] })).toEqual([])
      expect(await doubtsOf(ports, 'p')).toEqual([])
    })

    test('a claim that was refused leaves no doubt', async () => {
      const ports = (await create()).ports()
      await delivery(ports, 1).claim(['p'], { segments: [1] })
      await delivery(ports, 2).claim(['p'], { segments: [2] })
      expect(await doubtsOf(ports, 'p')).toEqual([1])
    })

    test('a claim that is renewed outlives its first lease, with its doubts', async () => {
      const subject = await create()
      const ports = subject.ports()
      await delivery(ports, 1).claim(['p', 'q'], { leaseMs: 40, segments: [3] })
      expect(await delivery(ports, 1).renew(['p', 'nobody'], 60_000)).toBe(1)
      await subject.pass(60)
      expect(statuses(await delivery(ports, 2).claim(['p', 'q']))).toEqual(['busy', 'claimed'])
      expect(await doubtsOf(ports, 'p')).toEqual([3])
    })

    test('what lapsed may be renewed while nobody took it; what was taken or settled may not', async () => {
      const subject = await create()
      const ports = subject.ports()
      const [one, other] = [delivery(ports, 1), delivery(ports, 2)]
      await one.claim(['p', 'q', 'r'], { leaseMs: 0 })
      await other.claim(['q'], { leaseMs: 60_000 })
      await other.claim(['r'], { leaseMs: 60_000 })
      await other.settle({ keys: ['r'] })
      expect(await one.renew(['p', 'q', 'r'], 60_000)).toBe(1)
      expect(await one.settle({ keys: ['p', 'q', 'r'] })).toEqual(['q', 'r'])
    })

    test('more doubts than an entry can note are refused', async () => {
      const ports = (await create()).ports()
      const segments = Array.from({ length: 4_000 }, (_, segment) => segment)
      expect(statuses(await delivery(ports, 1).claim(['p'], { segments }))).toEqual(['claimed'])
      const again = await delivery(ports, 1).claim(['p'], { segments: [0, 3_999] })
      expect(statuses(again)).toEqual(['claimed'])
      expect(statuses(await delivery(ports, 1).claim(['p'], { segments: [4_000] }))).toEqual([
        'busy',
      ])
      expect(await doubtsOf(ports, 'p')).toEqual(segments)
    })

    test('the profile and the entry come as they are under the claim', async () => {
      const ports = (await create()).ports()
      const commit = committer(ports.store, 0, await own(ports, 0))
      await commit({ profiles: [{ profileKey: 'p', packed: Buffer.from([1, 0, 255]) }] })
      const one = delivery(ports, 1)
      expect(await one.claim(['p', 'nobody'], { segments: [4] })).toEqual([
        { status: 'claimed', profile: Buffer.from([1, 0, 255]), entry: undefined },
        { status: 'claimed', profile: undefined, entry: undefined },
      ])
      await one.settle({ keys: ['p'], entry: toldOf(77) })
      await commit({ profiles: [{ profileKey: 'p', packed: Buffer.from('newer') }] })
      expect(await delivery(ports, 2).claim(['p'])).toEqual([
        { status: 'claimed', profile: Buffer.from('newer'), entry: toldOf(77) },
      ])
    })

    test('a claim keeps what is known, and is seen by whoever reads the entry', async () => {
      const ports = (await create()).ports()
      await delivery(ports, 1).claim(['p'])
      await delivery(ports, 1).settle({ keys: ['p'], entry: toldOf(77) })
      await delivery(ports, 2).claim(['p'], { segments: [9], leaseMs: 60_000 })
      const entry = unpackEntry(await entryOf(ports, 'p'))
      expect(entry.records).toEqual(unpackEntry(toldOf(77)).records)
      expect(entry.doubts).toEqual(new Set([9]))
      expect(entry.claimedUntilMs).toBeGreaterThan(ports.clock.nowMs())
    })

    test('entries come in the order of the keys', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      await one.claim(['p', 'q'])
      await one.settle({ keys: ['p'], entry: toldOf(1) })
      await one.settle({ keys: ['q'], entry: toldOf(2) })
      const { dataflow, solution } = place
      expect(await ports.ledger.entries(0, dataflow, solution, ['q', 'nobody', 'p'])).toEqual([
        toldOf(2),
        undefined,
        toldOf(1),
      ])
      expect(await ports.ledger.entries(0, dataflow, solution, [])).toEqual([])
      expect(await ports.ledger.entries(0, dataflow, 't', ['q'])).toEqual([undefined])
    })
  })
}
