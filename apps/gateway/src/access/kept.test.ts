import { expect, test } from 'vitest'
import { createKept } from './kept.ts'

const options = { freshMs: 800, staleMs: 10_000 }

/** Looks that are answered when the test says so. */
function looks() {
  const open: PromiseWithResolvers<string>[] = []
  const look = (): Promise<string> => {
    const one = Promise.withResolvers<string>()
    open.push(one)
    return one.promise
  }
  return { open, look }
}

test('while a look-up takes long, what is known counts; not for whom it is known to be too old', async () => {
  let nowMs = 1_000
  const { open, look } = looks()
  const kept = createKept(look, { ...options, nowMs: () => nowMs })
  const first = kept.get()
  open[0]!.resolve('old')
  expect(await first).toBe('old')
  nowMs += 900
  const patient = kept.get(1_500)
  expect(await kept.get()).toBe('old')
  open[1]!.resolve('new')
  expect(await patient).toBe('new')
  expect(open).toHaveLength(2)
})

test('while looking fails, what is known counts for a while; who may not have it hears of the failure', async () => {
  let nowMs = 1_000
  let isAway = false
  const look = (): Promise<string> =>
    isAway ? Promise.reject(new Error('away')) : Promise.resolve('known')
  const kept = createKept(look, { ...options, nowMs: () => nowMs })
  expect(await kept.get()).toBe('known')
  isAway = true
  nowMs += 5_000
  expect(await kept.get()).toBe('known')
  await expect(kept.get(1_500)).rejects.toThrow('away')
  nowMs += 5_000
  await expect(kept.get()).rejects.toThrow('away')
})
