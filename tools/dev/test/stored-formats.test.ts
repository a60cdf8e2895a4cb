import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  bucketName,
  draftRow,
  packBatch,
  packChunk,
  packEntry,
  packProfile,
  parseBucketName,
  parseRange,
  rangeName,
  unpackBatch,
  unpackChunk,
  unpackEntry,
  unpackProfile,
  type ChunkDraft,
} from '@segue/runtime'
import { expect, test } from 'vitest'
import type { Dataset } from './fixtures/dataset.ts'

/** All that a system of schema 1 stored. */
const { commands } = JSON.parse(
  gunzipSync(readFileSync(new URL('fixtures/schema-1.json.gz', import.meta.url))).toString(),
) as Dataset

interface Stored {
  readonly key: string
  readonly field: string
  readonly value: Buffer
}

function textOf(argument: Dataset['commands'][number][number] | undefined): string {
  return typeof argument === 'string' ? argument : ''
}

/** Fields and values of every key of a partition whose name begins so. */
function storedIn(name: string): readonly Stored[] {
  return commands.flatMap(([command, key, ...args]) => {
    const own = /\{segue:prod:p\d+\}:(.*)$/.exec(textOf(key))?.[1]
    if (own === undefined || (own !== name && !own.startsWith(`${name}:`))) return []
    const values = args.map((one) =>
      typeof one === 'string' ? Buffer.from(one) : Buffer.from(one.base64, 'base64'),
    )
    if (command === 'RPUSH') return values.map((value) => ({ key: own, field: '', value }))
    return Array.from({ length: Math.floor(values.length / 2) }, (_, index) => ({
      key: own,
      field: values[index * 2]!.toString(),
      value: values[index * 2 + 1]!,
    }))
  })
}

function anew({ key, field, value }: Stored): Buffer | undefined {
  switch (key.split(':', 1)[0]) {
    case 'profiles':
      return packProfile(unpackProfile(field, value))
    case 'outbox': {
      const draft: ChunkDraft = { keys: [], numbers: [] }
      for (const row of unpackChunk(value)) draftRow(draft, row)
      return packChunk(draft)
    }
    case 'ledger': {
      // Its claim is released whenever it is written.
      const packed = packEntry(unpackEntry(value))
      return packed && Buffer.concat([value.subarray(0, 12), packed.subarray(12)])
    }
    case undefined:
    default:
      return undefined
  }
}

/** What the claim script began and nobody has settled. */
function isClaimOnly({ key, value }: Stored): boolean {
  return key.startsWith('ledger') && value.length === 14
}

test('every stored entry of the ledgers is read, and written as it was', () => {
  const all = storedIn('ledger')
  expect(all.length).toBeGreaterThan(3)
  for (const stored of all.filter((one) => !isClaimOnly(one))) {
    expect(anew(stored)?.toString('hex')).toBe(stored.value.toString('hex'))
  }
})

test.for([
  ['profiles', ({ field, value }: Stored) => unpackProfile(field, value)],
  ['outbox', ({ value }: Stored) => unpackChunk(value)],
] as const)(
  'every stored value of %s is read, and says the same in the form of now',
  ([name, read]) => {
    const all = storedIn(name)
    expect(all.length).toBeGreaterThan(3)
    for (const stored of all) {
      const value = anew(stored)!
      expect(value[0]).toBe(2)
      expect(stored.value[0]).not.toBe(2)
      expect(read({ ...stored, value })).toEqual(read(stored))
    }
  },
)

test('every entry of the logs is read, and written as it was', () => {
  const entries = commands.filter(
    ([command, key]) => command === 'XADD' && /:p\d+\}:log$/.test(textOf(key)),
  )
  expect(entries.length).toBeGreaterThan(3)
  for (const entry of entries) {
    const payload = entry.at(-1)
    const bytes =
      typeof payload === 'object'
        ? Buffer.from(payload.base64, 'base64')
        : Buffer.from(payload ?? '')
    expect(packBatch(unpackBatch(bytes)).toString('hex')).toBe(bytes.toString('hex'))
  }
})

test('names of buckets and ranges are read, and written as they were', () => {
  const plans = storedIn('plan')
  const ranges = plans.filter(({ field }) => field !== 'rows')
  expect(ranges.length).toBeGreaterThan(0)
  for (const { key, field, value } of ranges) {
    const name = key.slice('plan:'.length)
    const bucket = parseBucketName(name)
    expect(bucketName(bucket)).toBe(name)
    expect(rangeName(parseRange(bucket, field, value.toString()))).toBe(field)
  }
})
