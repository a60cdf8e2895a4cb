import { expect, test } from 'vitest'
import { exampleConfiguration } from '../testing/example-configuration.ts'
import { checkLabels, coreLabels, labelRef } from './labels.ts'
import { checkMarketingActions, marketingActionOf } from './marketing-actions.ts'

const configuration = exampleConfiguration({
  label: { L1: { category: 'Custom', friendlyName: 'Banking', description: '' } },
  marketingAction: {
    ours: { description: '' },
    analytics: { description: 'Named as a core one.' },
  },
})

test('the labels of the reference are there', () => {
  const contract = Array.from({ length: 12 }, (_, place) => `C${place + 1}`)
  expect([...coreLabels.keys()]).toEqual([...contract, 'I1', 'I2', 'S1', 'S2', 'PSPD', 'RHD'])
})

test('labels are read in both forms, each once, and written in one', () => {
  const given = ['core/C1', 'S2', 'C1', 'custom/L1', 'L1']
  expect(checkLabels(configuration, given)).toEqual(['C1', 'S2', 'L1'])
  expect(['C1', 'L1'].map(labelRef)).toEqual(['core/C1', 'custom/L1'])
})

test.each([['c1'], ['core/c1'], ['custom/C1'], ['core/L1'], ['C13'], [''], ['core/'], ['a/C1']])(
  'no label %j is known',
  (label) => {
    expect(() => checkLabels(configuration, ['C1', label])).toThrow(
      expect.objectContaining({
        code: 'LABEL_UNKNOWN',
        fields: { errors: [{ pointer: '/labels/1', detail: expect.any(String) }] },
      }),
    )
  },
)

test('whoever mistakes the case is told', () => {
  expect(() => checkLabels(configuration, ['c12'])).toThrow('labels are case-sensitive: C12')
})

test.each([
  ['emailTargeting', 'core/emailTargeting'],
  ['EMAIL_TARGETING', 'core/emailTargeting'],
  ['COMBINE_WITH_PII', 'core/combineWithPii'],
  ['SINGLE_IDENTITY_PERSONALIZATION', 'core/singleIdentityPersonalization'],
  ['core/exportToThirdParty', 'core/exportToThirdParty'],
  ['../marketingActions/core/dataScience', 'core/dataScience'],
  ['https://example.test:443/x/marketingActions/custom/ours', 'custom/ours'],
  ['ours', 'custom/ours'],
  ['analytics', 'core/analytics'],
  ['custom/analytics', 'custom/analytics'],
  ['emailtargeting', undefined],
  ['core/ours', undefined],
  ['marketingActions/other/ours', undefined],
  ['', undefined],
])('the marketing action %j is %j', (given, known) => {
  expect(marketingActionOf(configuration, given)).toBe(known)
})

test('marketing actions are listed once, by their names; one that is not known is named by its place', () => {
  expect(checkMarketingActions(configuration, ['ours', 'ANALYTICS', 'core/analytics'])).toEqual([
    'custom/ours',
    'core/analytics',
  ])
  expect(() => checkMarketingActions(configuration, ['ours', 'x'], '/actions')).toThrow(
    expect.objectContaining({
      code: 'MARKETING_ACTION_UNKNOWN',
      fields: { errors: [{ pointer: '/actions/1', detail: expect.any(String) }] },
    }),
  )
})
