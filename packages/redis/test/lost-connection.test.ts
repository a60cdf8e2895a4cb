import { expect, test } from 'vitest'
import { openTestRedis } from './redis-subject.ts'

test('a command whose connection is lost fails at once, although the next connection works', async () => {
  const redis = await openTestRedis()
  const other = await openTestRedis()
  const id = await redis.client('ID')
  const [outcome] = await Promise.allSettled([
    redis.blpop('segue-test:nothing', 0),
    (async () => {
      await expect.poll(() => other.client('LIST', 'ID', id)).toContain(' cmd=blpop ')
      await other.client('KILL', 'ID', id)
    })(),
  ])
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { name: 'MaxRetriesPerRequestError' },
  })
  expect(await redis.ping()).toBe('PONG')
  redis.disconnect()
  other.disconnect()
})
