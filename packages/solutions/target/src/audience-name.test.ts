import { expect, test } from 'vitest'
import { audienceNames } from './audience-name.ts'

const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

test('the longest names of audiences keep the id whole and split no character', () => {
  const [first, second] = audienceNames('AEP ', '😀'.repeat(400), id)
  expect(first).toBe(`AEP ${'😀'.repeat(125)}`)
  expect(second).toBe(`AEP ${'😀'.repeat(106)} [${id}]`)
})
