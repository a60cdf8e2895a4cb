import { packr } from '@segue/runtime'
import type { Sandbox } from '../src/sandbox.ts'

/**
 * Has a partition set things aside, as its owner would.
 *
 * @param payloads by place
 */
export async function setAside(
  sandbox: Sandbox,
  partition: number,
  payloads: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const { store, ownership, dataflows } = sandbox.ports
  await ownership.renew()
  const owner = (await ownership.take(partition)) ?? ''
  const { offset } = await store.open(partition)
  const count = Object.keys(payloads).length
  const { status } = await store.commit(partition, {
    owner,
    expectedOffset: offset,
    offset: '1-1',
    dataflowsVersion: await dataflows.version(),
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: [],
    counters: new Map([['setAside', count]]),
    books: new Map(),
    setAside: Object.entries(payloads).map(([place, payload]) => ({
      place,
      packed: packr.pack([1, place.split('|')[1], 'why', payload]),
    })),
  })
  if (status !== 'committed') throw new Error(`the commit was answered ${status}`)
}
