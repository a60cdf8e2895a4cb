import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

test('no more run at once than may, and the others follow in order', async () => {
  const turns = createTurns(2)
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const started: number[] = []
  const ended = gates.map(({ promise }, index) =>
    turns.take(async () => {
      started.push(index)
      await promise
      return index
    }),
  )
  expect(started).toEqual([0, 1])
  gates[1]?.resolve()
  await ended[1]
  await Promise.resolve()
  expect(started).toEqual([0, 1, 2])
  for (const { resolve } of gates) resolve()
  expect(await Promise.all(ended)).toEqual([0, 1, 2, 3, 4])
  expect(started).toEqual([0, 1, 2, 3, 4])
})

test('a turn that fails is passed on too', async () => {
  const turns = createTurns(1)
  const { reject, promise } = Promise.withResolvers<void>()
  const failing = turns.take(() => promise)
  const next = turns.take(async () => 'ran')
  reject(new Error('broken'))
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('ran')
  expect(await turns.take(async () => 'again')).toBe('again')
})
