import { expect, test } from 'vitest'
import { signalsOfRule, traitsOfSegmentRule } from './trait-rule.ts'

test('rules of one signal, and of several of which one is enough, are read', () => {
  expect(signalsOfRule('segID == "7841ba61-23c1"')).toEqual([
    { key: 'segID', value: '7841ba61-23c1' },
  ])
  expect(signalsOfRule('ic==52 OR (ic == "55")')).toEqual([
    { key: 'ic', value: '52' },
    { key: 'ic', value: '55' },
  ])
})

test.each(['a == "1" AND b == "2"', 'p_age < 25', ''])('no signal alone meets %j', (rule) => {
  expect(signalsOfRule(rule)).toBeUndefined()
})

test('segment rules name their traits', () => {
  expect(traitsOfSegmentRule('289983T')).toEqual([289_983])
  expect(traitsOfSegmentRule('24T AND (26T OR 27T) AND NOT 28T')).toEqual([24, 26, 27, 28])
})

test.each(['', '289983', '24T 26T', 'AND 24T', '24T; drop'])('%j is no segment rule', (rule) => {
  expect(traitsOfSegmentRule(rule)).toBeUndefined()
})
