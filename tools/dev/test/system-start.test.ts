import { expect, onTestFinished, test, vi } from 'vitest'
import { prepareParts, type Parts, type PartsOptions } from '../src/system/parts.ts'
import { eventually, limits } from './system.ts'

vi.setConfig(limits)

async function prepare(options: PartsOptions = {}): Promise<Parts> {
  const parts = await prepareParts(options)
  onTestFinished(parts.stop)
  return parts
}

test('a Redis that throws keys away is refused, with what to do', async () => {
  const parts = await prepare({ maxmemoryPolicy: 'allkeys-lru' })
  for (const program of ['gateway', 'processor'] as const) {
    const { code, output } = await parts.runToEnd(program)
    expect(output).toContain('REDIS_EVICTS: maxmemory-policy is allkeys-lru')
    expect(output).toContain('Set it to noeviction')
    expect(code).toBe(1)
  }
})

test('a Redis that is not there yet is waited for', async () => {
  const parts = await prepare()
  await parts.redis.kill9()
  const starting = Promise.all([parts.startGateway(), parts.startProcessor('first')])
  for (const name of ['gateway', 'first']) {
    await eventually(`${name} says what it waits for`, () =>
      parts.logged().some((line) => line.startsWith(`[${name}]`) && line.includes('is not usable')),
    )
  }
  await parts.redis.restart()
  const [{ url }] = await starting
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
})
