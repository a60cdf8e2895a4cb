import { expect, test } from 'vitest'
import { checkRules } from '../configuration/rules.ts'
import {
  entitledTo,
  exampleConfiguration,
  exampleTarget,
} from '../testing/example-configuration.ts'

const configured = (...actions: string[]) =>
  exampleConfiguration({
    ...entitledTo(),
    targetConnection: { target: exampleTarget(['target'], actions) },
    marketingAction: { ours: { description: '' } },
  })

test('a destination is used for what there is, in any spelling', () => {
  const actions = ['emailTargeting', 'DATA_SCIENCE', 'core/analytics', 'ours', 'custom/ours']
  expect(() => checkRules(configured(), configured(...actions))).not.toThrow()
})

test.each([['emailtargeting'], ['custom/emailTargeting'], ['theirs']])(
  'a destination that is used for %s is refused, and the place named',
  (action) => {
    const pointer = '/params/marketingActions/1'
    const after = configured('ours', action)
    expect(() => checkRules(configured('ours'), after)).toThrow(
      expect.objectContaining({
        code: 'MARKETING_ACTION_UNKNOWN',
        fields: { errors: [{ pointer, detail: expect.any(String) }] },
      }),
    )
    expect(() => checkRules(after, after)).not.toThrow()
  },
)
