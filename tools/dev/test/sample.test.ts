import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleDefaults, type SampleOptions } from '../src/sample/sample-options.ts'
import { sampleLines, writeSample } from '../src/sample/sample.ts'
import { replayLines, type OracleResult } from '@segue/oracle'

const baseTimeMs = Date.parse('2026-11-23T12:00:00Z')
const options: SampleOptions = {
  ...sampleDefaults,
  seed: 3,
  baseTimeMs,
  profiles: 2_000,
  updates: 20_000,
  consentShare: 0.02,
}
const make = (changes: Partial<SampleOptions> = {}): string[] => [
  ...sampleLines({ ...options, ...changes }),
]

interface Update {
  identityMap: Record<string, { id: string }[]>
  segmentMembership: Record<
    string,
    Record<string, { status: string; lastQualificationTime: string; validUntil?: string }>
  >
  consents?: { share: { val: string }; metadata?: { time: string } }
}
const parse = (lines: readonly string[]): Update[] =>
  lines.map((line) => JSON.parse(line) as Update)

/** The newest time that an update states, 0 where it states none. */
const timeOf = (update: Update): number =>
  Math.max(
    0,
    ...Object.values(update.segmentMembership).flatMap((inside) =>
      Object.values(inside).map(({ lastQualificationTime }) => Date.parse(lastQualificationTime)),
    ),
  )

describe('a sample', () => {
  let lines: string[]
  let result: OracleResult
  beforeAll(async () => {
    lines = make()
    result = await replayLines(lines, { endMs: baseTimeMs })
  })

  test('is the same for the same options, and another for another seed', () => {
    expect(make()).toEqual(lines)
    expect(make({ seed: 4 })).not.toEqual(lines)
  })
  test('has all updates, every profile, and the duplicates on top', () => {
    expect(new Set(lines).size).toBeGreaterThan(options.updates * 0.99)
    const duplicates = lines.length - options.updates
    expect(duplicates / options.updates).toBeGreaterThan(0.003)
    expect(duplicates / options.updates).toBeLessThan(0.007)
    expect(result.profiles.size).toBe(options.profiles)
  })
  test('is taken as a whole, and no identity belongs to two profiles', () => {
    expect(result.rejected).toEqual([])
    expect(result.accepted).toHaveLength(lines.length)
    expect(result.shared).toEqual([])
  })
  test('has busy and idle profiles', () => {
    const updates = new Map<string, number>()
    for (const { identityMap } of parse(lines)) {
      const key = Object.values(identityMap)[0]?.[0]?.id ?? ''
      updates.set(key, (updates.get(key) ?? 0) + 1)
    }
    const counts = [...updates.values()].toSorted((a, b) => b - a)
    const busiest = counts.slice(0, counts.length / 100).reduce((sum, count) => sum + count, 0)
    expect(busiest / lines.length).toBeGreaterThan(0.2)
  })
  test('has late updates, spellings, statuses, endings, and every kind of identity', () => {
    const all = parse(lines)
    const memberships = all.flatMap(({ segmentMembership }) =>
      Object.values(segmentMembership).flatMap((inside) => Object.values(inside)),
    )
    expect(new Set(memberships.map(({ status }) => status))).toEqual(
      new Set(['realized', 'existing', 'exited']),
    )
    const shapes = new Set(
      memberships.map(({ lastQualificationTime }) => lastQualificationTime.replaceAll(/\d/g, '0')),
    )
    for (const shape of [
      '0000-00-00T00:00:00Z',
      '0000-00-00T00:00:00+0000',
      '0000-00-00T00:00:00+00:00',
      '0000-00-00T00:00:00.000+0000',
      '0000-00-00T00:00:00.000000Z',
    ]) {
      expect(shapes).toContain(shape)
    }
    const ends = memberships.flatMap(({ validUntil }) => validUntil ?? [])
    expect(ends.some((end) => Date.parse(end) < baseTimeMs)).toBe(true)
    expect(ends.some((end) => Date.parse(end) > baseTimeMs)).toBe(true)
    const namespaces = new Set(all.flatMap(({ identityMap }) => Object.keys(identityMap)))
    for (const namespace of ['ECID', 'email_lc_sha256', 'Email', 'GAID', 'IDFA', 'ecid', 'CRMID']) {
      expect(namespaces).toContain(namespace)
    }
    const keys = [...result.profiles.keys()].map((key) => key.slice(0, key.indexOf(':')))
    expect(new Set(keys)).toEqual(new Set(['ECID', 'email_lc_sha256', 'GAID', 'IDFA']))
    const later = [...result.profiles.values()].some(
      ({ identities }) => identities.filter((each) => each.startsWith('ECID:')).length > 1,
    )
    expect(later).toBe(true)
  })
  test('has people who withdrew consent, and people who came back', () => {
    const decisions = new Map<string, Set<string>>()
    for (const { identityMap, consents } of parse(lines)) {
      const key = Object.values(identityMap)[0]?.[0]?.id ?? ''
      const val = consents?.share.val
      if (val !== undefined) decisions.set(key, (decisions.get(key) ?? new Set()).add(val))
    }
    const profiles = [...result.profiles.values()]
    expect(profiles.some(({ consented }) => !consented)).toBe(true)
    expect([...decisions.values()].some((vals) => vals.has('n') && vals.has('y'))).toBe(true)
  })
  test('says nothing newer than the base time, and ends nothing in the month after it', async () => {
    for (const { segmentMembership } of parse(lines)) {
      for (const inside of Object.values(segmentMembership)) {
        for (const { lastQualificationTime } of Object.values(inside)) {
          expect(Date.parse(lastQualificationTime)).toBeLessThanOrEqual(baseTimeMs)
        }
      }
    }
    const monthLater = await replayLines(lines, { endMs: baseTimeMs + 29 * 86_400_000 })
    expect(monthLater.memberships).toEqual(result.memberships)
  })
  test('a line that comes late has something older than lines before it', () => {
    let newestMs = 0
    let late = 0
    for (const update of parse(lines)) {
      const timeMs = timeOf(update)
      if (timeMs > 0 && timeMs < newestMs - 300_000) late += 1
      newestMs = Math.max(newestMs, timeMs)
    }
    expect(late).toBeGreaterThan(options.updates * options.lateShare * 0.5)
  })
})

test('memberships that are about to end do so within the time that was asked for', async () => {
  const lines = make({ expiringShare: 0.3, expiringMs: 5_000 })
  const before = await replayLines(lines, { endMs: baseTimeMs })
  const after = await replayLines(lines, { endMs: baseTimeMs + 5_000 })
  expect(after.memberships.expired - before.memberships.expired).toBeGreaterThan(100)
})

test('garbage has its share, is refused line by line, and changes nothing else', async () => {
  const clean = make()
  const mixed = make({ garbageShare: 0.1 })
  const result = await replayLines(mixed, { endMs: baseTimeMs })
  const garbageLines = new Set(result.rejected.map(({ line }) => line))
  expect(mixed.filter((_, index) => !garbageLines.has(index + 1))).toEqual(clean)
  expect(result.rejected.length / mixed.length).toBeCloseTo(0.1, 1)
  expect(mixed.every((line) => !line.includes('\n') && line.trim() !== '')).toBe(true)
  // Every kind of breakage is among them.
  expect(new Set(result.rejected.map(({ reason }) => reason)).size).toBeGreaterThanOrEqual(12)
})

test('options that cannot be met are refused by name', () => {
  expect(() => make({ updates: 10, profiles: 20 })).toThrow(
    /updates \(10\) must be at least profiles/,
  )
  expect(() => make({ lateShare: 2 })).toThrow(/lateShare/)
  expect(() => make({ garbageShare: 1 })).toThrow(/garbageShare/)
  expect(() => make({ seed: Number.NaN })).toThrow(/seed/)
})

test('as many updates as profiles still gives every profile one', async () => {
  const lines = make({ profiles: 500, updates: 500, duplicateShare: 0 })
  expect(lines).toHaveLength(500)
  const { profiles } = await replayLines(lines, { endMs: baseTimeMs })
  expect(profiles.size).toBe(500)
})

describe('a file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'segue-sample-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('holds the lines, each ended', async () => {
    const file = join(folder, 'sample.ndjson')
    const lines = make()
    expect(await writeSample(file, options)).toBe(lines.length)
    expect(await readFile(file, 'utf8')).toBe(`${lines.join('\n')}\n`)
  })
  test('where it cannot be written, that is an error', async () => {
    await expect(writeSample(join(folder, 'no', 'such', 'folder'), options)).rejects.toThrow(
      /ENOENT/,
    )
  })
})
