import { expect, test } from 'vitest'
import { openTestRedis } from './redis-subject.ts'

test('a command whose connection is lost fails at once, although the next connection works', async () => {
  const redis = await openTestRedis()
  const blocked = redis.blpop('segue-test:nothing-ever', 0)
  const outcome = expect(blocked).rejects.toThrow(/max retries|closed/)
  const other = await openTestRedis()
  await other.client('KILL', 'ID', await redisId(redis))
  await outcome
  expect(await redis.ping()).toBe('PONG')
  redis.disconnect()
  await other.quit()
})
