import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createClock } from '../clock/clock.ts'
import { createRandom } from '../random/random.ts'
import { readBatchFile } from './batch-file.ts'
import { type Batches, createBatches } from './batches.ts'
import { createProfiles, type Profiles, valueOf } from './profiles.ts'
import { targetDefaults } from './settings.ts'

const lagMs = 3_600_000
const file = (text: string) => readBatchFile(Buffer.from(`batch=${text}`), { bytes: 0, rows: 0 })

function started(): {
  batches: Batches
  profiles: Profiles
  advance: (ms: number) => void
  read: (id: string) => string | undefined
} {
  const clock = createClock({ frozen: true })
  const profiles = createProfiles(0)
  const settings = { ...targetDefaults, batchLagMs: lagMs, lostRowsPerMillion: 0 }
  const batches = createBatches({
    settings,
    profiles,
    clock,
    random: createRandom(1),
    touch: () => undefined,
  })
  return {
    batches,
    profiles,
    advance: clock.advance,
    read: (id) => {
      const profile = profiles.byId('thirdPartyId', id)
      return profile === undefined ? undefined : valueOf(profile, 'a')
    },
  }
}

test('each batch waits for its own hour, and the later one wins', async () => {
  const { batches, advance, read } = started()
  const first = batches.submit(file('thirdPartyId,a\np,1'), 2) ?? ''
  advance(lagMs / 2)
  const second = batches.submit(file('thirdPartyId,a\np,2'), 2) ?? ''
  expect(second).not.toBe(first)
  advance(lagMs / 2)
  await expect.poll(() => batches.status(first)?.status).toBe('complete')
  expect(read('p')).toBe('1')
  expect(batches.status(second)?.status).toBe('incomplete')
  expect(batches.pending()).toBe(1)
  advance(lagMs / 2)
  await expect.poll(() => batches.status(second)?.status).toBe('complete')
  expect(read('p')).toBe('2')
  expect(batches.pending()).toBe(0)
})

test('a batch that was half applied when all ended is applied whole, and counted once', async () => {
  const before = started()
  const rows = Array.from({ length: 20_000 }, (_, row) => `p${row},1`).join('\n')
  const batchId = before.batches.submit(file(`thirdPartyId,a\n${rows}`), 2) ?? ''
  const applying = before.batches.processNow()
  // Rows are applied in turns: here the first ones are over, and the others are not.
  await setImmediate()
  const kept = JSON.parse(JSON.stringify(before.batches.snapshot()))
  const { consumedCount } = kept.statuses[0]
  expect(consumedCount).toBeGreaterThan(0)
  expect(consumedCount).toBeLessThan(20_000)
  await applying

  const after = started()
  after.batches.restore(kept)
  await after.batches.processNow()
  expect(after.batches.status(batchId)).toMatchObject({
    status: 'complete',
    consumedCount: 20_000,
    successfulUpdates: 20_000,
  })
  expect(after.profiles.size()).toBe(20_000)
})
