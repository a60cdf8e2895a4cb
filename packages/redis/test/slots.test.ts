import { expect, onTestFinished, test } from 'vitest'
import { watchSlots } from '../src/testing/slots.ts'
import { openTestRedis } from './redis-subject.ts'

test('keys that would not be in one slot are seen, in a command and in a script, though a script names but one of them', async () => {
  const redis = await openTestRedis()
  await redis.select(10)
  const watch = await watchSlots(redis)
  onTestFinished(async () => {
    watch.stop()
    await redis.flushdb()
    await redis.quit()
  })
  const run = async (text: string, ...keys: string[]): Promise<void> => {
    await redis.eval(text, keys.length, ...keys)
  }
  await run("redis.call('SET', KEYS[1], 1)", '{segue:t:a}:x')
  await run("redis.call('MSET', KEYS[1], 1, '{segue:t:a}:y', 1)", '{segue:t:a}:x')
  await redis.mset('{segue:t:b}:x', 'v', '{segue:t:c}:x', 'v')
  await run("redis.call('SET', '{segue:t:e}:x', redis.call('STRLEN', KEYS[1]))", '{segue:t:d}:x')
  await redis.get('{segue:t:last}:x')
  await expect.poll(() => watch.commands.has('get') && watch.scripts() >= 3).toBe(true)
  await expect
    .poll(() => [...watch.crossings].filter((tags) => tags.includes('segue:t:')))
    .toEqual(['segue:t:b segue:t:c', 'segue:t:d segue:t:e'])
})
