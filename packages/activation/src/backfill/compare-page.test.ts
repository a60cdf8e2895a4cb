import {
  emptyProfile,
  noEffects,
  step,
  tableTransitions,
  type LogRecord,
  type Profile,
} from '@segue/profile'
import {
  emptyEntry,
  packEntry,
  packProfile,
  unknownRecord,
  unpackChunk,
  type BackfillOrder,
  type Counterpart,
  type Dataflow,
} from '@segue/runtime'
import { memoryPorts, memoryStore, simulatedClock } from '@segue/runtime/testing'
import { expect, test } from 'vitest'
import { comparePage } from './compare-page.ts'

const nowMs = 100_000
const delayMs = 10_000
const order: BackfillOrder = {
  id: 'one',
  segments: ['ups:a', 'ups:b'],
  solutions: ['s'],
  reach: 'members',
  requestedMs: 0,
}
const activation = { name: 'A', solutions: ['s'] }
const dataflow: Dataflow = {
  id: 'flow',
  name: 'All',
  enabled: true,
  activationDelayMs: delayMs,
  solutions: ['other', 's'],
  segments: { 'ups:a': activation, 'ups:b': { name: 'B', solutions: ['other'] } },
}
const counterpart: Counterpart = { remoteId: '1', name: 'A', generation: 3 }

/** A profile that is in all its segments since then. */
function memberSince(profileKey: string, sinceMs: number, segments = [0]): Profile {
  const profile = emptyProfile(profileKey)
  const memberships = segments.flatMap((segment) => [segment, 1, 1, 0])
  const record: LogRecord = [0, profileKey, [], memberships, 0, 0]
  step(profile, record, [0, 1], { nowMs: sinceMs, sequence: 0 }, tableTransitions, noEffects())
  return profile
}

/** Compares one page of a store with these profiles. @returns due times of its buckets with the profiles in them */
async function found(
  profiles: readonly Profile[],
  told: Readonly<Record<string, { readonly generation: number; readonly identityCount: number }>>,
  { offset = '99999-0', ...more }: { readonly offset?: string } & Partial<BackfillOrder> = {},
): Promise<readonly (readonly [dueMs: number, ...profileKeys: string[]])[]> {
  const clock = simulatedClock(nowMs)
  const shared = memoryStore(1, clock)
  const ports = memoryPorts({ partitionCount: 1, clock, shared })
  const [partition] = shared.partitions
  for (const profile of profiles) {
    partition!.profiles.set(profile.identities[0]!, packProfile(profile))
  }
  const ledger = new Map<string, Buffer>()
  for (const [profileKey, known] of Object.entries(told)) {
    const entry = emptyEntry()
    entry.records.set(0, { ...unknownRecord, status: 'realized', ...known })
    ledger.set(profileKey, packEntry(entry)!)
  }
  partition!.ledgers.set('flow:s', ledger)
  const place = { dataflow: 'flow', order: 'one', solution: 's' }
  const { progress, ...opened } = await ports.backfills.open(0, place, 0)
  const page = await comparePage(
    ports,
    {
      place,
      order: { ...order, ...more },
      dataflow,
      solution: {
        name: 's',
        namespaces: ['ECID'],
        takes: 'changes',
        aggregation: { aggregationType: 'BEST_EFFORT', maxUsersPerRequest: 1 },
      },
      counterparts: new Map([['ups:a', counterpart]]),
      partition: 0,
      profilesPerPage: 100,
    },
    ['ups:a', 'ups:b'],
    { ...opened, progress, offset },
  )
  if (page.status !== 'advanced') throw new Error(page.status)
  return Promise.all(
    page.buckets.map(async (bucket) => {
      const rows = (await ports.outbox.chunks(0, bucket, 0, -1)).flatMap(unpackChunk)
      expect(rows.every(({ solutions }) => solutions === 0b10)).toBe(true)
      const keys = rows.map(({ profileKey }) => profileKey).toSorted()
      return [bucket.dueMs, ...keys] as const
    }),
  )
}

test('what changed within the delay waits until that is over, and what is older does not wait for it', async () => {
  const profiles = [
    memberSince('ECID:old', 50_000),
    memberSince('ECID:young', 95_500),
    memberSince('ECID:younger', 96_100),
  ]
  const buckets = await found(profiles, {})
  expect(buckets.toSorted(([one], [other]) => one - other)).toEqual([
    [nowMs, 'ECID:old'],
    [107_000, 'ECID:young', 'ECID:younger'],
  ])
})

test('what changed after the order came is left to the stream, whose row is on its way', async () => {
  const profiles = [memberSince('ECID:before', 60_000), memberSince('ECID:after', 60_001)]
  expect(await found(profiles, {}, { offset: '60000-0' })).toEqual([[nowMs, 'ECID:before']])
})

test('who is known to the present counterpart is not told again; who is known to an earlier one, or for fewer identities, is', async () => {
  const keys = ['known', 'earlier', 'fewer', 'nobody'].map((name) => `ECID:${name}`)
  const profiles = keys.map((profileKey) => memberSince(profileKey, 50_000))
  const told = {
    'ECID:known': { generation: 3, identityCount: 1 },
    'ECID:earlier': { generation: 2, identityCount: 1 },
    'ECID:fewer': { generation: 3, identityCount: 0 },
  }
  expect(await found(profiles, told)).toEqual([
    [nowMs, 'ECID:earlier', 'ECID:fewer', 'ECID:nobody'],
  ])
})

test('a reconcile brings what changed since its oldest row was left out, and what the solution was told wrongly, but no older member', async () => {
  const keys = ['older', 'since', 'told']
  const profiles = keys.map((name, at) =>
    memberSince(`ECID:${name}`, name === 'since' ? 50_000 : 49_999 - at),
  )
  const told = { 'ECID:told': { generation: 2, identityCount: 1 } }
  expect(await found(profiles, told, { newFromMs: 50_000 })).toEqual([
    [nowMs, 'ECID:since', 'ECID:told'],
  ])
})

test('a segment that is not activated for the solution any more is left out', async () => {
  expect(await found([memberSince('ECID:1', 50_000, [0, 1])], {})).toEqual([[nowMs, 'ECID:1']])
})
