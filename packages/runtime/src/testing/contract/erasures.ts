import { AcknowledgedKind, EraseKind, emptyProfile } from '@segue/profile'
import { describe, expect, test } from 'vitest'
import { claimBytes, emptyEntry, packEntry, unknownRecord } from '../../codec/ledger-entry.ts'
import { packProfile } from '../../codec/packed-profile.ts'
import { hashProfileKey } from '../../codec/profile-hash.ts'
import { packBatch, unpackBatch } from '../../codec/record-batch.ts'
import { erasureId, erasurePartition, type StoredEntry } from '../../ports/erasures.ts'
import type { Ports } from '../../ports/ports.ts'
import { commitOf, own } from './commits.ts'
import type { CreateSubject } from './subject.ts'

const erase = (profileKey: string): Buffer =>
  packBatch({ segments: [], records: [[EraseKind, profileKey]] })
const acknowledge = (profileKey: string): Buffer =>
  packBatch({ segments: [], records: [[AcknowledgedKind, profileKey]] })

const uuid = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`

async function ask({ erasures }: Ports, profileKey: string, digit = 1): Promise<string> {
  const hash = hashProfileKey(await erasures.salt(), profileKey)
  const payload = erase(profileKey)
  const id = erasureId(0, uuid(digit))
  const asked = await erasures.request(0, { id, profileKey, hash, requestedBy: 'me', payload })
  if (asked.status === 'full') throw new Error('there are too many')
  return asked.id
}

/** Every record in the partition's log. */
async function logged({ log }: Ports): Promise<unknown[]> {
  const { signal } = new AbortController()
  const entries = await log.read(0, '0-0', { maxEntries: 100, waitMs: 0, signal })
  return entries.flatMap(({ payload }) => unpackBatch(payload).records)
}

/** Makes a solution know the profile, and leaves a dead letter of it and of its neighbour. */
async function tell({ ledger }: Ports, dataflow: string, profileKey: string): Promise<void> {
  const entry = emptyEntry()
  entry.records.set(1, { ...unknownRecord, status: 'exited' })
  const token = Buffer.alloc(6, 1)
  const keys = [profileKey, `${profileKey}2`]
  const claims = keys.map((key) => ({ profileKey: key, segments: [] }))
  await ledger.claim(0, dataflow, 's', token, 60_000, claims)
  await ledger.settle(0, {
    dataflow,
    solution: 's',
    token,
    entries: keys.map((key) => ({ profileKey: key, entry: packEntry(entry) })),
    rows: [],
    resent: [],
    deadLetters: keys.map((key) => ({
      profileKey: key,
      segment: 1,
      code: 'X',
      detail: '',
      atMs: 1,
      attempts: 1,
    })),
  })
}

async function told({ ledger }: Ports, dataflow: string, profileKey: string): Promise<unknown[]> {
  const entries = await ledger.entries(0, dataflow, 's', [profileKey, `${profileKey}2`])
  const letters = await ledger.deadLetters(0, dataflow, 's', 10)
  return [
    entries.map((entry) => entry !== undefined),
    letters.map((letter) => letter.profileKey).toSorted(),
  ]
}

/** Commits the end of a profile's erasure. */
async function eraseIn(ports: Ports, profileKey: string, erasedMs: number): Promise<void> {
  const hash = hashProfileKey(await ports.erasures.salt(), profileKey)
  const outcome = await ports.store.commit(
    0,
    commitOf({
      owner: await own(ports, 0),
      newSegments: ['ups:a', 'ups:b'],
      profiles: [{ profileKey, packed: undefined }],
      erased: [{ profileKey, hash, erasedMs }],
    }),
  )
  expect(outcome.status).toBe('committed')
}

async function everything({ erasures }: Ports, id: string): Promise<StoredEntry[]> {
  const all: StoredEntry[] = []
  for await (const part of erasures.everything(0, id)) all.push(...part)
  return all
}

const naming = (all: readonly StoredEntry[], text: string): string[] => [
  ...new Set(
    all.filter(({ field, value }) => field === text || value.includes(text)).map(({ key }) => key),
  ),
]

/** What every store owes to erasures. */
export function testErasures(create: CreateSubject): void {
  describe('erasures', () => {
    test('a request is in the log with its noting, and one of a profile is under way', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'p')
      expect(erasurePartition(id)).toBe(0)
      expect(await ask(ports, 'p', 2)).toBe(id)
      const other = await ask(ports, 'q', 3)
      expect(other).not.toBe(id)
      expect(await logged(ports)).toEqual([
        [EraseKind, 'p'],
        [EraseKind, 'q'],
      ])
      expect((await ports.store.counters(0)).get('appendedRecords')).toBe(2)
      expect((await ports.erasures.unfinished(0)).toSorted()).toEqual([id, other].toSorted())
      expect(await ports.erasures.get(0, id)).toMatchObject({
        id,
        profileKey: 'p',
        requestedBy: 'me',
        waitingFor: [],
        deleted: { ledgerEntries: 0, deadLetters: 0, outboxRows: 0 },
      })
      expect(await ports.erasures.get(0, erasureId(0, uuid(9)))).toBeUndefined()
      expect(await ports.erasures.get(1, id)).toBeUndefined()
    })

    test('requests are listed with the newest first, as far back as was asked', async () => {
      const subject = await create()
      const ports = subject.ports()
      const ids: string[] = []
      for (const digit of [1, 2, 3]) {
        ids.unshift(await ask(ports, `p${digit}`, digit))
        await subject.pass(2)
      }
      const list = async (beforeMs: number, limit: number): Promise<string[]> =>
        (await ports.erasures.list(0, beforeMs, limit)).map(({ id }) => id)
      expect(await list(Number.MAX_SAFE_INTEGER, 2)).toEqual(ids.slice(0, 2))
      const [newest] = await ports.erasures.list(0, Number.MAX_SAFE_INTEGER, 1)
      expect(await list(newest!.requestedMs, 10)).toEqual(ids.slice(1))
    })

    test('steps are noted once, with the time of the first', async () => {
      const subject = await create()
      const ports = subject.ports()
      const { erasures } = ports
      const id = await ask(ports, 'p')
      await erasures.leaving(0, id, ['GAID:1'])
      const wait = { dataflow: 'f', solution: 's', why: 'MEMBER' } as const
      await erasures.waiting(0, id, [wait])
      const left = await erasures.get(0, id)
      expect(left).toMatchObject({ others: ['GAID:1'], waitingFor: [wait] })
      await subject.pass(2)
      await erasures.leaving(0, id, ['GAID:2'])
      expect(await erasures.get(0, id)).toEqual(left)
      await erasures.acknowledged(0, id, acknowledge('p'))
      await erasures.acknowledged(0, id, acknowledge('p'))
      expect(await logged(ports)).toEqual([
        [EraseKind, 'p'],
        [AcknowledgedKind, 'p'],
      ])
      const known = await erasures.get(0, id)
      expect(known?.waitingFor).toEqual([])
      expect(known?.acknowledgedMs).toBeGreaterThanOrEqual(known!.leavingMs!)
      // The barrier is the last entry: whoever has stepped it has stepped what was before.
      const { signal } = new AbortController()
      const entries = await ports.log.read(0, '0-0', { maxEntries: 9, waitMs: 0, signal })
      expect(known?.barrier).toBe(entries.at(-1)?.id)
    })

    test('the commit that ends an erasure leaves a tombstone and takes everything else, its alone', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'p')
      // A dataflow that nobody lists any more has a ledger all the same.
      for (const dataflow of ['flow', 'gone']) await tell(ports, dataflow, 'p')
      const askedMs = ports.clock.nowMs()
      await eraseIn(ports, 'p', askedMs)
      for (const dataflow of ['flow', 'gone']) {
        expect(await told(ports, dataflow, 'p')).toEqual([[false, true], ['p2']])
      }
      const hash = hashProfileKey(await ports.erasures.salt(), 'p')
      expect(await ports.erasures.tombstones(0)).toEqual([{ hash, erasedMs: askedMs }])
      const erasure = await ports.erasures.get(0, id)
      expect(erasure?.deletedMs).toBeGreaterThan(0)
      expect(erasure?.deleted).toEqual({ ledgerEntries: 2, deadLetters: 2, outboxRows: 0 })
    })

    test('what a delivery has in hand keeps its claim, and goes when that is over', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'p')
      await tell(ports, 'flow', 'p')
      const claim = [{ profileKey: 'p', segments: [1] }]
      const [token, other] = [2, 3].map((byte) => Buffer.alloc(claimBytes - 6, byte))
      await ports.ledger.claim(0, 'flow', 's', token!, 60_000, claim)
      await eraseIn(ports, 'p', ports.clock.nowMs())
      expect((await ports.erasures.get(0, id))?.deleted.ledgerEntries).toBe(0)
      const [held] = await ports.ledger.claim(0, 'flow', 's', other!, 60_000, claim)
      expect(held?.status).toBe('busy')
      await ports.ledger.claim(0, 'flow', 's', token!, 0, claim)
      await ports.erasures.sweep(0, id)
      expect((await told(ports, 'flow', 'p'))[0]).toEqual([false, true])
    })

    test('what came back through a delivery that died goes, unless somebody has it in hand or is there anew', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'p')
      await tell(ports, 'flow', 'p')
      // Not deleted yet: nothing goes.
      await ports.erasures.sweep(0, id)
      expect((await told(ports, 'flow', 'p'))[0]).toEqual([true, true])
      await eraseIn(ports, 'p', ports.clock.nowMs())
      const claim = [{ profileKey: 'p', segments: [1] }]
      const token = Buffer.alloc(claimBytes - 6, 2)
      await ports.ledger.claim(0, 'flow', 's', token, 60_000, claim)
      await ports.erasures.sweep(0, id)
      expect((await told(ports, 'flow', 'p'))[0]).toEqual([true, true])
      await ports.ledger.claim(0, 'flow', 's', token, 0, claim)
      const packed = packProfile(emptyProfile('p'))
      const write = async (profile: Buffer | undefined, at: number): Promise<void> => {
        const outcome = await ports.store.commit(
          0,
          commitOf({
            owner: await own(ports, 0),
            expectedOffset: `${at}-0`,
            offset: `${at + 1}-0`,
            profiles: [{ profileKey: 'p', packed: profile }],
          }),
        )
        expect(outcome.status).toBe('committed')
      }
      await write(packed, 1)
      await ports.erasures.sweep(0, id)
      expect((await told(ports, 'flow', 'p'))[0]).toEqual([true, true])
      await write(undefined, 2)
      await ports.erasures.sweep(0, id)
      expect(await told(ports, 'flow', 'p')).toEqual([[false, true], ['p2']])
    })

    test('a chunk is replaced where it is what was read, and rows beside it stay', async () => {
      const ports = (await create()).ports()
      const place = { dataflow: 'flow', dueMs: 1_000, rows: 1 }
      const outcome = await ports.store.commit(
        0,
        commitOf({
          owner: await own(ports, 0),
          outbox: ['one', 'two'].map((text) => ({ ...place, chunk: Buffer.from(text) })),
        }),
      )
      const bucket = outcome.status === 'committed' ? outcome.opened[0]! : undefined
      const replace = (position: number, before: string, after: string) =>
        ports.erasures.replaceChunk(0, bucket!, position, Buffer.from(before), Buffer.from(after))
      expect(await replace(1, 'one', 'other')).toBe(false)
      expect(await replace(7, 'two', 'other')).toBe(false)
      expect(await replace(1, 'two', 'other')).toBe(true)
      const chunks = await ports.outbox.chunks(0, bucket!, 0, -1)
      expect(chunks.map(String)).toEqual(['one', 'other'])
      const gone = { ...bucket!, generation: 9 }
      const none = Buffer.from('one')
      expect(await ports.erasures.replaceChunk(0, gone, 0, none, none)).toBe(false)
    })

    test('everything that is stored is seen, wherever it is, but the request itself', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'profile-1')
      await tell(ports, 'flow', 'profile-1')
      await ports.store.commit(
        0,
        commitOf({
          owner: await own(ports, 0),
          profiles: [{ profileKey: 'profile-1', packed: Buffer.from('x') }],
          timers: [{ profileKey: 'profile-1', dueMs: 4_102_444_800_000 }],
          outbox: [{ dataflow: 'flow', dueMs: 0, chunk: Buffer.from('..profile-1..'), rows: 1 }],
        }),
      )
      await ports.records.addReceipt('s', {
        dataflow: 'flow',
        rows: 1,
        delivered: 1,
        requestIds: ['profile-1'],
      })
      // Another partition is none of its business.
      await ports.log.append([{ partition: 1, payload: erase('profile-1'), records: 1 }])
      const found = naming(await everything(ports, id), 'profile-1')
      const places = found.map((key) => key.replace(/^.*:solution-/, 'solution-').split(/[:|}]/)[0])
      expect(new Set(places)).toEqual(
        new Set(['dead', 'ledger', 'log', 'outbox', 'profiles', 'solution-s', 'timers']),
      )
    })

    test('of a request that is done the hash stays, and the profile may be erased again', async () => {
      const ports = (await create()).ports()
      const id = await ask(ports, 'p')
      await ports.erasures.leaving(0, id, ['GAID:1'])
      const proof = {
        atMs: 1,
        keysScanned: 2,
        entriesScanned: 3,
        found: 0,
        begunAnew: false,
        otherProfiles: 0,
      }
      await ports.erasures.finish(0, id, proof)
      const done = await ports.erasures.get(0, id)
      expect(done).toMatchObject({ proof, hash: hashProfileKey(await ports.erasures.salt(), 'p') })
      expect(done?.doneMs).toBeGreaterThan(0)
      expect(done).not.toHaveProperty('profileKey')
      expect(done).not.toHaveProperty('others')
      expect(await ports.erasures.unfinished(0)).toEqual([])
      const again = await ask(ports, 'p', 2)
      expect(again).not.toBe(id)
    })

    test('workers hash by one salt', async () => {
      const subject = await create()
      const [one, other] = ['a', 'b'].map((worker) => subject.ports(worker).erasures)
      expect(await one!.salt()).toEqual(await other!.salt())
      expect(hashProfileKey(await one!.salt(), 'p')).toMatch(/^[0-9a-f]{64}$/)
    })
  })
}
