import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { denies, expressionText, labelsIn, parseExpression } from './expression.ts'
import type { PolicyExpression } from './policy.ts'

const names = ['C1', 'C2', 'c1', 'S1'] as const
const expressions = fc.letrec<{ node: PolicyExpression; leaf: PolicyExpression }>((tie) => ({
  leaf: fc.constantFrom(...names).map((label) => ({ label })),
  node: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.record({
      operator: fc.constantFrom('AND' as const, 'OR' as const),
      operands: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).node

/** The truth table as an independent reading: the expression written out as a program of ones and zeros, by counting. */
function table(expression: PolicyExpression, held: readonly string[]): 0 | 1 {
  if ('label' in expression) return held.indexOf(expression.label) >= 0 ? 1 : 0
  let ones = 0
  for (const operand of expression.operands) ones += table(operand, held)
  const needed = { AND: expression.operands.length, OR: 1 }[expression.operator]
  return ones >= needed ? 1 : 0
}

test('an expression denies as its truth table says, for every set of labels', () => {
  const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, place) => (bits >> place) % 2 === 1),
  )
  fc.assert(
    fc.property(expressions, (expression) => {
      for (const held of subsets) {
        expect(denies(expression, new Set(held))).toBe(table(expression, held) === 1)
      }
    }),
    { seed: 41, numRuns: 200 },
  )
})

test.each([
  ['C1 and C3', ['C1', 'C3'], true],
  ['C1 and C7', ['C1', 'C7'], true],
  ['C1 alone', ['C1'], false],
  ['C3 and C7 without C1', ['C3', 'C7'], false],
])('the documented C1 AND (C3 OR C7), with %s', (_, labels, denied) => {
  const deny: PolicyExpression = {
    operator: 'AND',
    operands: [{ label: 'C1' }, { operator: 'OR', operands: [{ label: 'C3' }, { label: 'C7' }] }],
  }
  expect(denies(deny, new Set(labels))).toBe(denied)
  expect(expressionText(deny)).toBe('C1 AND (C3 OR C7)')
  expect(labelsIn(deny)).toEqual(['C1', 'C3', 'C7'])
})

test('labels are case-sensitive', () => {
  expect(denies({ label: 'C1' }, new Set(['c1']))).toBe(false)
})

test('every expression is read back as it is', () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      expect(parseExpression(expression, '/deny', (label) => label)).toEqual(expression)
    }),
    { seed: 42, numRuns: 100 },
  )
})

const nested = (depth: number): unknown =>
  depth === 1 ? { label: 'C1' } : { operator: 'AND', operands: [nested(depth - 1)] }
test.each([
  ['nothing', null, '/deny'],
  ['a list', [], '/deny'],
  ['neither label nor operator', {}, '/deny/operator'],
  ['both', { label: 'C1', operator: 'OR', operands: [{ label: 'C2' }] }, '/deny'],
  ['a label that is no text', { label: 1 }, '/deny/label'],
  ['an unknown operator', { operator: 'NOT', operands: [{ label: 'C1' }] }, '/deny/operator'],
  ['no operands', { operator: 'OR', operands: [] }, '/deny/operands'],
  [
    'a fault deep inside',
    { operator: 'OR', operands: [{ label: 'C1' }, { operator: 'AND', operands: 'C1' }] },
    '/deny/operands/1/operands',
  ],
  ['another field', { label: 'C1', negate: true }, '/deny'],
  ['too deep', nested(11), `/deny${'/operands/0'.repeat(10)}`],
  [
    'too large',
    { operator: 'OR', operands: Array.from({ length: 200 }, () => ({ label: 'C1' })) },
    '/deny/operands/199',
  ],
])('it refuses %s, and says where', (_, given, pointer) => {
  expect(() => parseExpression(given, '/deny', (label) => label)).toThrow(
    expect.objectContaining({ pointer }),
  )
})
