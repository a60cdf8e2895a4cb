import { expect, test } from 'vitest'
import { createRoom } from './room.ts'

/** Work that says when it began, and ends when told to. */
function worker(room: ReturnType<typeof createRoom>) {
  const began: string[] = []
  const work = (name: string, bytes: number) => {
    const gate = Promise.withResolvers<string>()
    const done = room.take(bytes, () => {
      began.push(name)
      return gate.promise
    })
    return { done, end: () => gate.resolve(name), fail: () => gate.reject(new Error(name)) }
  }
  return { began, work }
}

test('what has room begins, the rest waits in order, and nobody who fits overtakes', async () => {
  const room = createRoom(640)
  const { began, work } = worker(room)
  const first = work('first', 300)
  const second = work('second', 200)
  const third = work('third', 100)
  expect(began).toEqual(['first'])
  expect(room.takenBytes()).toBe(300)
  first.end()
  expect(await first.done).toBe('first')
  expect(began).toEqual(['first', 'second', 'third'])
  second.fail()
  await expect(second.done).rejects.toThrow('second')
  third.end()
  await third.done
  expect(room.takenBytes()).toBe(0)
})

test('small work need not wait for large work, but has a bound too', async () => {
  const room = createRoom(640)
  const { began, work } = worker(room)
  const large = [work('large', 480), work('next', 480)]
  const small = Array.from({ length: 17 }, (_, index) => work(`small ${index}`, 10))
  expect(began).toEqual(['large', ...Array.from({ length: 16 }, (_, index) => `small ${index}`)])
  for (const { end } of [...large, ...small]) end()
  await Promise.all([...large, ...small].map(({ done }) => done))
  expect(room.takenBytes()).toBe(0)
})

test('what would never have room is refused', async () => {
  const { began, work } = worker(createRoom(640))
  await expect(work('huge', 481).done).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  expect(began).toEqual([])
})
