import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Secret, secretSetting } from './secret.ts'

const value = 'hunter2-hunter2'

test('a secret is not in any printed form, nested or alone', () => {
  const secret = new Secret(value)
  const printed = [
    String(secret),
    [secret, secret].join(),
    format('%s %o %j', secret, secret, secret),
    JSON.stringify({ deep: [secret] }),
    inspect(secret),
    inspect({ deep: { secret } }, { depth: 5, showHidden: true }),
    Object.values(secret).join(),
    new Error(`failed with ${String(secret)}`).stack,
  ].join('\n')
  expect(printed).not.toContain(value)
  expect(printed).toContain('[secret]')
  expect(secret.reveal()).toBe(value)
})

test('a secret setting is parsed into a Secret and refuses an empty one', () => {
  const schema = z.object({ clientSecret: secretSetting('of the API user') })
  const parsed = schema.parse({ clientSecret: value })
  expect(parsed.clientSecret.reveal()).toBe(value)
  expect(schema.safeParse({ clientSecret: '' }).success).toBe(false)
})

test('the form schema of a secret setting says password, and describes it', () => {
  const form = z.toJSONSchema(z.object({ clientSecret: secretSetting('of the API user') }), {
    io: 'input',
  })
  expect(form.properties?.['clientSecret']).toMatchObject({
    type: 'string',
    description: 'of the API user',
    format: 'password',
  })
})
