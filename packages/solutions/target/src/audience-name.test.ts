import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { audienceNames, maxAudienceName } from './audience-name.ts'

const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

test('an audience is named after its segment, and the second choice carries the id', () => {
  expect(audienceNames('AEP ', ' Loyal\tbuyers ', id)).toEqual([
    'AEP Loyal buyers',
    `AEP Loyal buyers [${id}]`,
  ])
})

test('a segment without a name goes by its id', () => {
  expect(audienceNames('AEP ', ' \n', id)[0]).toBe(`AEP ${id}`)
})

test('any name comes out bounded, well formed, without control characters, and two different choices', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 600 }), (displayName) => {
      const names = audienceNames('AEP ', displayName, id)
      for (const name of names) {
        expect(name.length).toBeLessThanOrEqual(maxAudienceName)
        expect(name.isWellFormed()).toBe(true)
        expect(name).toMatch(/^\P{Cc}+$/u)
        expect(name.trim()).toBe(name)
      }
      expect(names[1].endsWith(`[${id}]`)).toBe(true)
      expect(names[0]).not.toBe(names[1])
    }),
    { seed: 20261123, numRuns: 100 },
  )
})

test('the longest names keep the id whole and split no character', () => {
  const [first, second] = audienceNames('AEP ', '😀'.repeat(400), id)
  expect(first).toBe(`AEP ${'😀'.repeat(125)}`)
  expect(second).toBe(`AEP ${'😀'.repeat(106)} [${id}]`)
})

test('two long ids give two second names', () => {
  const long = `CustomerAudienceUpload:${'x'.repeat(200)}`
  const names = [long, `${long}y`].map((one) => audienceNames('AEP ', 'Same', one)[1])
  expect(new Set(names).size).toBe(2)
})
