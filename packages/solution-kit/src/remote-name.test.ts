import { assert, integer, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { remoteName, remoteNames } from './remote-name.ts'

const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const parts = { prefix: 'AEP ', remoteSegmentId: id, maxLength: 255 }

test.each([
  ['Loyal buyers', 'AEP Loyal buyers'],
  [' two\n\tlines\u0000 ', 'AEP two lines'],
  [' \t\n ', `AEP ${id}`],
  ['Käufer – 忠実な購入者 😀', 'AEP Käufer – 忠実な購入者 😀'],
])('%j is called %j, and the second choice carries the id', (displayName, name) => {
  expect(remoteName({ ...parts, displayName })).toBe(name)
  expect(remoteNames({ ...parts, displayName })).toEqual([name, `${name} [${id}]`])
})

test('any name comes out bounded, well formed, without control characters, and two different choices', () => {
  assert(
    property(
      string({ unit: 'binary', maxLength: 600 }),
      integer({ min: 128, max: 255 }),
      (displayName, maxLength) => {
        const names = remoteNames({ ...parts, displayName, maxLength })
        for (const name of names) {
          expect(name.length).toBeLessThanOrEqual(maxLength)
          expect(name.isWellFormed()).toBe(true)
          expect(name).toMatch(/^\P{Cc}+$/u)
          expect(name.trim()).toBe(name)
        }
        expect(names[1].endsWith(`[${id}]`)).toBe(true)
        expect(names[0]).not.toBe(names[1])
      },
    ),
    { seed: 20261123, numRuns: 100 },
  )
})

test('the longest names keep the id whole and split no character', () => {
  const [first, second] = remoteNames({ ...parts, displayName: '😀'.repeat(400) })
  expect(first).toBe(`AEP ${'😀'.repeat(125)}`)
  expect(second).toBe(`AEP ${'😀'.repeat(106)} [${id}]`)
})

test('two long ids give two second names, with room for the name', () => {
  const long = `CustomerAudienceUpload:${'x'.repeat(200)}`
  const names = [long, `${long}y`].map(
    (remoteSegmentId) => remoteNames({ ...parts, displayName: 'Same', remoteSegmentId })[1],
  )
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(/^AEP Same \[[0-9a-f]{64}\]$/)
})
