import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'

const REDIS_URL = 'redis://127.0.0.1:6379'

test('the defaults run every role for one sandbox, by the compiled machines', () => {
  expect(parseConfig({ REDIS_URL })).toMatchObject({
    roles: ['stream', 'activation', 'delivery'],
    sandboxes: ['prod'],
    partitionCount: 16,
    machines: 'table',
    exitWithParent: false,
  })
})

test('lists are cut at commas, and the configuration cannot be changed', () => {
  const config = parseConfig({
    REDIS_URL,
    SEGUE_ROLES: 'stream, delivery',
    SEGUE_SANDBOXES: 'prod,dev',
  })
  expect(config.roles).toEqual(['stream', 'delivery'])
  expect(config.sandboxes).toEqual(['prod', 'dev'])
  expect(Object.isFrozen(config)).toBe(true)
})

test('whatever is wrong is named, all at once, and no value is repeated', () => {
  const wrong = {
    REDIS_URL: 'http://user:password@somewhere',
    SEGUE_ROLES: 'strem',
    SEGUE_PARTITIONS: '0',
    SEGUE_MACHINES: 'fast',
    SEGUE_WORKER: 'a:b',
  }
  expect(() => parseConfig(wrong)).toThrow(/CONFIG_INVALID/)
  for (const name of Object.keys(wrong)) expect(() => parseConfig(wrong)).toThrow(new RegExp(name))
  expect(() => parseConfig(wrong)).not.toThrow(/password/)
})
