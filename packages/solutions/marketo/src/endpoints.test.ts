import { expect, test } from 'vitest'
import { endpoints } from './endpoints.ts'

const host = 'https://123-abc-456.mktorest.com'

test.each([
  [host, undefined],
  [`${host}/`, undefined],
  [`${host}/rest`, `${host}/identity`],
  [`${host}/rest/`, `${host}/identity/`],
  [host, host],
  [host, `${host}/identity/oauth/token`],
])('%s and %s are read as the same two endpoints', (url, identityUrl) => {
  const { rest, token } = endpoints(url, identityUrl)
  expect(rest.href).toBe(`${host}/`)
  expect(token.href).toBe(`${host}/identity/oauth/token`)
})

test('the identity endpoint may be on a host of its own, and both behind a path', () => {
  const { rest, token } = endpoints(
    'http://127.0.0.1:1/marketo/rest',
    'http://127.0.0.1:2/x/identity',
  )
  expect(rest.href).toBe('http://127.0.0.1:1/marketo/')
  expect(token.href).toBe('http://127.0.0.1:2/x/identity/oauth/token')
})
