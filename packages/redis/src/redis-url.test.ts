import { describe, expect, test } from 'vitest'
import { parseRedisUrl } from './redis-url.ts'

test.for([
  ['redis://localhost', [{ host: 'localhost', port: 6379 }], false],
  ['rediss://r.example.com:6380', [{ host: 'r.example.com', port: 6380 }], true],
  ['valkey://[::1]:7000', [{ host: '::1', port: 7000 }], false],
  [
    'valkeys://a:1,[2001:db8::1]:2,c',
    [
      { host: 'a', port: 1 },
      { host: '2001:db8::1', port: 2 },
      { host: 'c', port: 6379 },
    ],
    true,
  ],
] as const)('%s names its nodes', ([url, nodes, tls]) => {
  expect(parseRedisUrl(url)).toMatchObject({ nodes, tls, db: 0, shown: url })
})

test.for([
  ['redis://segue:p%40ss%3Aw%2Fd@h:1', { username: 'segue', password: 'p@ss:w/d' }],
  ['redis://:secret@h:1', { password: 'secret' }],
  // As ioredis and redis-cli read it.
  ['redis://segue:a:b@h', { username: 'segue', password: 'a:b' }],
  ['redis://segue:a@b#c?d@h', { username: 'segue', password: 'a@b#c?d' }],
] as const)('%s has credentials, which are not shown', ([url, credentials]) => {
  const { shown, ...address } = parseRedisUrl(url)
  expect(address).toMatchObject(credentials)
  expect(shown).toMatch(/^redis:\/\/h(:1)?$/)
})

test('a database is read', () => {
  expect(parseRedisUrl('redis://h/9').db).toBe(9)
})

describe('what is none is refused, and no password repeated', () => {
  test.for([
    'http://u:secret@h',
    'redis:/h',
    'redis://u:secret@',
    'redis://u:secret@h:99999',
    'redis://u:secret@h:1,,h:2',
    'redis://u:secret@h/zero',
    'redis://u:secret@h?family=6',
    'redis://u:sec%ret@h',
    '',
  ])('%s', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/^REDIS_URL_INVALID: REDIS_URL wants (?!.*sec)/)
  })
})
