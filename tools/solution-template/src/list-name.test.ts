import { expect, test } from 'vitest'
import { listName } from './list-name.ts'

test.each([
  ['Loyal buyers', 'AEP Loyal buyers'],
  [' two\n\tlines\u0000 ', 'AEP two lines'],
  [' \t\n ', 'AEP 7841ba61'],
  ['Käufer – 忠実な購入者 😀', 'AEP Käufer – 忠実な購入者 😀'],
])('%j is called %j', (displayName, name) => {
  expect(listName('AEP ', displayName, '7841ba61')).toBe(name)
})

test('a long name is cut, and never within a character', () => {
  for (const prefix of ['', 'x']) {
    const name = listName(prefix, '😀'.repeat(200), '7841ba61')
    expect(name.length).toBeGreaterThan(190)
    expect(name.length).toBeLessThanOrEqual(200)
    expect(name.isWellFormed()).toBe(true)
  }
})
