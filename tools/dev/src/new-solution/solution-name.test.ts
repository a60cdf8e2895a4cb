import { expect, test } from 'vitest'
import { solutionName } from './solution-name.ts'

test('a name has every spelling', () => {
  expect(solutionName('acme-mail-cloud')).toEqual({
    kebab: 'acme-mail-cloud',
    camel: 'acmeMailCloud',
    pascal: 'AcmeMailCloud',
    title: 'Acme Mail Cloud',
  })
  expect(solutionName('acme')).toEqual({
    kebab: 'acme',
    camel: 'acme',
    pascal: 'Acme',
    title: 'Acme',
  })
})

test.each([
  '',
  'Acme',
  'acmeMail',
  'acme_mail',
  'acme--mail',
  '-acme',
  'acme-',
  'acme2',
  '../acme',
  'acme/mail',
  'acme mail',
  'käse',
  'acme\n',
  'a'.repeat(41),
])('%j is no name', (given) => {
  expect(() => solutionName(given)).toThrow(
    expect.objectContaining({ code: 'SOLUTION_NAME_INVALID', exitCode: 2 }),
  )
})
