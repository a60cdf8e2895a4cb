import { expect, test } from 'vitest'
import { misconfigured, refusal } from '@segue/solution-kit'
import { fileFollow, filesOf, followOf } from './follow.ts'
import { groupMemory } from './group-memory.ts'
import { memoryCollect } from './memory-collect.ts'
import { testSettings } from './test-settings.ts'

const receivedSecs = 1_764_000_000
const key = '3f0c5a52-2f7c-8d13-9a3e-0123456789ab'
const minuteMs = 60_000

function follower(ageSecs = 60) {
  const clock = { ms: receivedSecs * 1000 }
  const nowMs = () => clock.ms
  const collect = memoryCollect(() => receivedSecs * 1000)
  collect.files.push({ key, group: 'g', gzip: new Uint8Array(), rows: 1, text: '' })
  const memory = groupMemory(nowMs)
  memory.received(key, receivedSecs)
  const ask = fileFollow({ collect, memory, settings: testSettings(), nowMs })
  const follow = followOf([{ key, oldestSecs: receivedSecs - ageSecs, receivedSecs }])
  return { clock, collect, memory, ask: () => ask(follow), askOf: ask }
}

test('known by its key and its time passed: applied; before that nothing is asked', async () => {
  const { clock, collect, ask } = follower()
  expect(await ask()).toEqual({ status: 'waiting', afterMs: 50 * minuteMs })
  expect(collect.calls).toEqual([])
  clock.ms += 50 * minuteMs
  expect(await ask()).toEqual({ status: 'applied' })
})

test('hits older than 24 hours take 2 hours', async () => {
  const { clock, ask } = follower(90_000)
  clock.ms += 50 * minuteMs
  expect(await ask()).toEqual({ status: 'waiting', afterMs: 70 * minuteMs })
  clock.ms += 70 * minuteMs
  expect(await ask()).toEqual({ status: 'applied' })
})

test('a file that Analytics does not know was lost, and may be sent again', async () => {
  const { clock, collect, memory, ask } = follower()
  collect.files.length = 0
  clock.ms += 50 * minuteMs
  expect(await ask()).toMatchObject({ status: 'not-applied', code: 'FILE_UNKNOWN' })
  expect(memory.receivedSecs(key)).toBeUndefined()
})

test('a question without an answer says nothing', async () => {
  const { clock, collect, ask } = follower()
  clock.ms += 50 * minuteMs
  collect.lookUpsFail = true
  expect(await ask()).toMatchObject({ status: 'retry', inDoubt: false })
  const wrong = refusal('ACCESS_DENIED', misconfigured('clientId'))
  const { askOf } = {
    askOf: fileFollow({
      collect: { ...collect, lookUp: () => Promise.resolve({ kind: 'refused', refusal: wrong }) },
      memory: groupMemory(Date.now),
      settings: testSettings(),
      nowMs: () => clock.ms,
    }),
  }
  const follow = followOf([{ key, oldestSecs: receivedSecs, receivedSecs }])
  expect(await askOf(follow)).toEqual(wrong)
})

test('what is no follow is not applied', async () => {
  const { askOf } = follower()
  expect(await askOf('x')).toEqual({ status: 'not-applied', code: 'FOLLOW_UNREADABLE' })
})

test('several files make one follow of at most 500 characters, the same in any order', () => {
  const files = Array.from({ length: 30 }, (_, n) => ({
    key: `${key.slice(0, -2)}${10 + n}`,
    oldestSecs: 1,
    receivedSecs: receivedSecs + n,
  }))
  const follow = followOf(files)
  expect(follow.length).toBeLessThanOrEqual(500)
  expect(followOf(files.toReversed())).toBe(follow)
  expect(filesOf(follow)).toEqual(files.slice(-8).toReversed())
})
