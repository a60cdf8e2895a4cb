import { expect, test } from 'vitest'
import { labelsIn, withdrawnIn, withLabels } from './label-comment.ts'

test('labels come back as they went in, once each, sorted', () => {
  expect(labelsIn(withLabels('', ['C5', 'C3', 'C5']))).toEqual(['C3', 'C5'])
  expect(labelsIn(withLabels(withLabels('', ['C5']), ['C1']))).toEqual(['C1'])
  expect(withLabels(withLabels('', ['C5']), [])).toBe('')
})

test('what people wrote beside them stays, and is no label', () => {
  const comments = 'Ask Ines first: C3 is hers\nsecond line'
  const labelled = withLabels(comments, ['C7'])
  expect(labelsIn(comments)).toEqual([])
  expect(labelsIn(labelled)).toEqual(['C7'])
  expect(withLabels(labelled, [])).toBe(comments)
})

test.each([undefined, null, 7, '', 'Experience Platform labels: '])(
  '%j holds no label',
  (comments) => {
    expect(labelsIn(comments)).toEqual([])
  },
)

test('withdrawn labels are told apart from those that hold', () => {
  const comments = withLabels('note', ['C7'], ['C3', 'C5'])
  expect(labelsIn(comments)).toEqual(['C7'])
  expect(withdrawnIn(comments)).toEqual(['C3', 'C5'])
  expect(withLabels(comments, ['C7'])).toBe('note\nExperience Platform labels: C7')
})
