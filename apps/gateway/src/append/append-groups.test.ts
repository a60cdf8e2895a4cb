import { partitionOf } from '@segue/model'
import type { ProfileUpdate } from '@segue/model'
import type { UpdateRecord } from '@segue/profile'
import { unpackBatch } from '@segue/runtime'
import type { Append, AppendOutcome } from '@segue/runtime'
import { array, assert, asyncProperty, nat } from 'fast-check'
import { expect, test } from 'vitest'
import {
  batchBytesMax,
  batchRecordsMax,
  createAppendGroups,
  groupRecordsMax,
} from './append-groups.ts'
import type { AppendGroups } from './append-groups.ts'

const partitionCount = 8

/** A log that keeps what is appended, and answers as it is told. */
function keepingLog(
  answer: (append: Append, group: number) => AppendOutcome | Error = () => 'appended',
): { groups: Append[][]; open: AppendGroups['open']; records: () => string[] } {
  const groups: Append[][] = []
  const { open } = createAppendGroups({
    partitionCount,
    append: async (appends) => {
      groups.push([...appends])
      const group = groups.length - 1
      return appends.map((append) => answer(append, group))
    },
    appended: () => {},
  })
  /** What was appended, `profile@time`, in the order of the log. */
  const records = (): string[] =>
    groups.flat().flatMap(({ payload }) =>
      unpackBatch(payload).records.map((record) => {
        const [, profileKey, , memberships] = record as UpdateRecord
        return `${profileKey}@${memberships[2]}`
      }),
    )
  return { groups, open, records }
}

function update(profile: number, atMs: number): ProfileUpdate {
  return {
    profileKey: `crm:${profile}`,
    identities: [`crm:${profile}`],
    memberships: [{ segment: 'ups:s', status: 'realized', lastQualificationTimeMs: atMs }],
  }
}

test('submissions of about the same time share one batch a partition, in one round trip', async () => {
  const log = keepingLog()
  const submissions = Array.from({ length: 20 }, (_, index) => {
    const submission = log.open()
    for (let profile = 0; profile < 50; profile++) submission.add(update(profile, index))
    return submission.finish()
  })
  expect(await Promise.all(submissions)).toEqual(submissions.map(() => 'appended'))
  expect(log.groups).toHaveLength(1)
  const partitions = log.groups[0]?.map(({ partition }) => partition) ?? []
  expect(new Set(partitions).size).toBe(partitions.length)
  expect(log.records()).toHaveLength(20 * 50)
})

test('every update is in the partition of its profile, with its segments', async () => {
  const log = keepingLog()
  const submission = log.open()
  for (let profile = 0; profile < 100; profile++) submission.add(update(profile, profile))
  await submission.finish()
  for (const { partition, payload, records } of log.groups.flat()) {
    const batch = unpackBatch(payload)
    expect(batch.segments).toEqual(['ups:s'])
    expect(batch.records).toHaveLength(records)
    for (const [, profileKey] of batch.records) {
      expect(partitionOf(profileKey, partitionCount)).toBe(partition)
    }
  }
})

test('batches and groups are bounded, and follow each other in order', async () => {
  const log = keepingLog()
  const submission = log.open()
  const total = groupRecordsMax + 10
  for (let index = 0; index < total; index++) submission.add(update(1, index))
  await submission.finish()
  expect(log.groups).toHaveLength(2)
  for (const { records } of log.groups.flat()) expect(records).toBeLessThanOrEqual(batchRecordsMax)
  const inOrder = Array.from({ length: total }, (_, index) => `crm:1@${index}`)
  expect(log.records()).toEqual(inOrder)
})

test('a batch of large updates is bounded by its bytes', async () => {
  const log = keepingLog()
  const submission = log.open()
  const identities = Array.from({ length: 50 }, (_, index) => `crm:${index}`.padEnd(1_000, 'x'))
  for (let index = 0; index < 50; index++) submission.add({ ...update(1, index), identities })
  await submission.finish()
  expect(log.groups.flat().length).toBeGreaterThan(5)
  for (const { payload } of log.groups.flat()) {
    expect(payload.byteLength).toBeLessThan(batchBytesMax * 1.25)
  }
})

test('updates of a profile keep their order, within a submission and from one to the next', async () => {
  await assert(
    asyncProperty(
      array(array(nat(5), { maxLength: 1_200 }), { maxLength: 4 }),
      async (requests) => {
        const log = keepingLog()
        const wanted: string[] = []
        for (const profiles of requests) {
          const submission = log.open()
          for (const profile of profiles) {
            wanted.push(`crm:${profile}@${wanted.length}`)
            submission.add(update(profile, wanted.length - 1))
          }
          await submission.finish()
        }
        const got = log.records()
        for (let profile = 0; profile <= 5; profile++) {
          const ofProfile = (record: string): boolean => record.startsWith(`crm:${profile}@`)
          expect(got.filter(ofProfile)).toEqual(wanted.filter(ofProfile))
        }
      },
    ),
    { seed: 7, numRuns: 40 },
  )
})

test('a submission that adds nothing is appended', async () => {
  const log = keepingLog()
  expect(await log.open().finish()).toBe('appended')
  expect(log.groups).toHaveLength(0)
})

test('the outcome is the worst of the parts, and only for those who have a part in it', async () => {
  const one = 1
  const other = Array.from({ length: 100 }, (_, index) => index).find(
    (profile) =>
      partitionOf(`crm:${profile}`, partitionCount) !== partitionOf('crm:1', partitionCount),
  )
  const full = partitionOf('crm:1', partitionCount)
  for (const outcome of ['log-full', 'outbox-full', new Error('away')] as const) {
    const log = keepingLog(({ partition }) => (partition === full ? outcome : 'appended'))
    const both = log.open()
    both.add(update(one, 1))
    both.add(update(other!, 2))
    const spared = log.open()
    spared.add(update(other!, 3))
    expect(await both.finish()).toBe(outcome)
    expect(await spared.finish()).toBe('appended')
  }
})

test('what is not known outweighs a full outbox, and that a full log', async () => {
  const outcomes: (AppendOutcome | Error)[] = ['outbox-full', 'log-full', new Error('away')]
  for (const count of [2, 3]) {
    const log = keepingLog((_, group) => outcomes[group % count]!)
    const submission = log.open()
    for (let index = 0; index < groupRecordsMax * count; index++) submission.add(update(1, index))
    expect(await submission.finish()).toBe(outcomes[count === 2 ? 0 : 2])
  }
})

test('a log that throws, or leaves an answer out, fails everybody in the group', async () => {
  for (const append of [() => Promise.reject(new Error('away')), () => Promise.resolve([])]) {
    const groups = createAppendGroups({ partitionCount, append, appended: () => {} })
    const submissions = [groups.open(), groups.open()]
    for (const submission of submissions) submission.add(update(1, 1))
    for (const submission of submissions) expect(await submission.finish()).toBeInstanceOf(Error)
  }
})

test('a group does not wait for the answer of the one before', async () => {
  const first = Promise.withResolvers<void>()
  const sent: number[] = []
  const groups = createAppendGroups({
    partitionCount,
    append: async (appends) => {
      sent.push(appends.length)
      if (sent.length === 1) await first.promise
      return appends.map(() => 'appended')
    },
    appended: () => {},
  })
  const held = groups.open()
  for (let index = 0; index < groupRecordsMax; index++) held.add(update(1, index))
  const second = groups.open()
  second.add(update(1, 0))
  expect(await second.finish()).toBe('appended')
  first.resolve()
  expect(await held.finish()).toBe('appended')
})

test('finishing twice answers the same and counts once', async () => {
  const log = keepingLog()
  const submission = log.open()
  submission.add(update(1, 1))
  expect(await Promise.all([submission.finish(), submission.finish()])).toEqual([
    'appended',
    'appended',
  ])
})
