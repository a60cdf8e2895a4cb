import { expect, test } from 'vitest'
import { createProfiles } from './profiles.ts'
import { readTargetRule } from './target-rule.ts'

const gold = { profile: 'level', equals: ['gold', 'black'] }
const here = { profile: 'country', equals: ['at'] }
const geo = { geo: 'region', matches: ['california'] }

/** Whether somebody with these attributes is in. */
function isIn(rule: unknown, attributes: Record<string, string>): boolean | undefined {
  const profile = createProfiles(0).visit({}, Object.entries(attributes), 0)
  return profile === undefined ? undefined : readTargetRule(rule)?.(profile)
}

test.each([
  [{ and: [gold] }, { level: 'gold' }, true],
  [{ and: [gold] }, { level: 'black' }, true],
  [{ and: [gold] }, { level: 'Gold' }, false],
  [{ and: [gold] }, {}, false],
  [{ and: [gold, here] }, { level: 'gold' }, false],
  [{ and: [gold, here] }, { level: 'gold', country: 'at' }, true],
  [{ or: [gold, here] }, { country: 'at' }, true],
  [{ or: [gold, here] }, { country: 'de' }, false],
  [{ not: gold }, {}, true],
  [{ and: [here, { not: { or: [gold] } }] }, { level: 'gold', country: 'at' }, false],
  [gold, { level: 'gold' }, true],
  [{ or: [gold, geo] }, { level: 'gold' }, false],
  [{ not: geo }, {}, false],
  [{ profile: 'level', contains: ['go'] }, { level: 'gold' }, false],
])('%j of %j is %s', (rule, attributes, expected) => {
  expect(isIn(rule, attributes)).toBe(expected)
})

const deep = JSON.parse(`${'{"not":'.repeat(30)}${JSON.stringify(gold)}${'}'.repeat(30)}`)

test.each([
  null,
  [],
  'x',
  {},
  { and: [] },
  { and: gold },
  { and: [gold], or: [gold] },
  { and: [gold, 1] },
  { not: [gold] },
  { profile: 'level' },
  { profile: '', equals: ['x'] },
  { profile: 'level', equals: 'gold' },
  { profile: 'level', equals: [] },
  { profile: 'level', equals: [1] },
  deep,
])('%j is no rule', (given) => {
  expect(readTargetRule(given)).toBeUndefined()
})
