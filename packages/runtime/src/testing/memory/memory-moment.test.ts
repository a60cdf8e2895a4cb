import { expect, onTestFinished, test } from 'vitest'
import { update, appendUpdates, caughtUp, startLoop } from '../contract/loops.ts'
import { oneRun, subjectPartitions } from '../contract/subject.ts'
import { memoryPorts } from './memory-ports.ts'
import { momentOf } from './memory-moment.ts'
import { memoryStore } from './memory-store.ts'
import { simulatedClock } from './simulated-clock.ts'
import { storedEntries } from './stored-entries.ts'

/** A store with a worker, and everything that it holds of a partition as bytes. */
function place() {
  const clock = simulatedClock(Date.UTC(2026, 10, 23, 10))
  const shared = memoryStore(subjectPartitions, clock, oneRun)
  const ports = (workerName = 'a') =>
    memoryPorts({ partitionCount: subjectPartitions, clock, workerName, shared })
  const subject = {
    ports,
    pass: clock.advance,
    remember: async () => async () => {},
    silence: async (name: string) => {
      shared.workers.delete(name)
    },
  }
  const held = (partition: number): string =>
    JSON.stringify([
      storedEntries(shared, shared.partitions[partition]!, ''),
      shared.partitions[partition]!.offset,
      shared.partitions[partition]!.owner,
      shared.partitions[partition]!.segments,
      [...shared.partitions[partition]!.sealed],
      [...shared.partitions[partition]!.open],
    ])
  return { subject, shared, held, clock }
}

test('a store is as it was, whatever happened since, and as often as it is asked', async () => {
  const { subject, shared, held } = place()
  const ports = subject.ports()
  const loop = await startLoop(subject)
  await appendUpdates(ports, 0, [update('p', 'realized', { untilMs: 4_102_444_800_000 })])
  await caughtUp(subject)
  await ports.ledger.claim(0, 'flow', 's', Buffer.alloc(6, 1), 1_000, [
    { profileKey: 'p', segments: [0] },
  ])
  const before = held(0)
  const moment = momentOf(shared)
  for (let time = 0; time < 2; time++) {
    await appendUpdates(ports, 0, [
      update('p', 'exited', { qualifiedMs: 2_000 + time }),
      update('q', 'realized', { segment: 1 }),
    ])
    await caughtUp(subject)
    // A renewal writes into the entry's own bytes.
    await ports.ledger.renew(0, 'flow', 's', Buffer.alloc(6, 1), 9_000, ['p'])
    expect(held(0)).not.toBe(before)
    moment.restore()
    expect(held(0)).toBe(before)
  }
  await loop.stop()
})

test('only the partitions that are named lose anything, and no nonce comes back', async () => {
  const { subject, shared, held } = place()
  const ports = subject.ports()
  await ports.ownership.renew()
  const moment = momentOf(shared)
  const nonce = await ports.ownership.take(0)
  for (const partition of [0, 1]) await appendUpdates(ports, partition, [update('p', 'realized')])
  const other = held(1)
  moment.restore([0])
  expect(shared.partitions[0]!.log).toEqual([])
  expect(held(1)).toBe(other)
  expect(await ports.ownership.take(0)).not.toBe(nonce)
})

test('a read that waits fails, as its connection would', async () => {
  const { subject, shared, clock } = place()
  const moment = momentOf(shared)
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  let answered: unknown
  const { log } = subject.ports()
  void (async () => {
    const options = { maxEntries: 1, waitMs: 20_000, signal: stopping.signal }
    answered = await log.read(0, '0-0', options).catch(String)
  })()
  await clock.advance(10)
  expect(answered).toBeUndefined()
  moment.restore()
  await clock.advance(0)
  expect(answered).toBe('Error: the store lost its tail')
})
