import { expect, test } from 'vitest'
import { Secret, tokenCache } from '@segue/solution-kit'
import type { HttpOutcome, HttpRequest } from '@segue/solution-kit'
import { restClient } from './rest-client.ts'
import { gatewayCodes } from './rest-codes.ts'

const retry = (scope: 'row' | 'solution', inDoubt: boolean) => ({
  status: 'retry',
  scope,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting })
const failed = { status: 'rejected', kind: 'failed' }

function answered(status: number, body: unknown = { code: 'x', message: 'somebody@b.example' }) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return { kind: 'response', status, headers: {}, body: text, bytes: Buffer.from(text) } as const
}

const gateway = (status: number, code: string) =>
  answered(status, { error_code: code, message: 'somebody@b.example' })

/** A client whose server answers by how often it was called. */
function clientOver(answer: (calls: number) => HttpOutcome) {
  const requests: HttpRequest[] = []
  let fetched = 0
  const call = restClient({
    http: {
      request: (request) => {
        requests.push(request)
        return Promise.resolve(answer(requests.length))
      },
      close: () => Promise.resolve(),
    },
    url: 'https://aam.adobe.io',
    clientId: 'key',
    tokens: tokenCache({
      fetch: () => {
        fetched += 1
        const secret = new Secret(`T${fetched}`)
        return Promise.resolve({ kind: 'token', secret, expiresInMs: 3_600_000 })
      },
    }),
    nowMs: () => 0,
  })
  return { call, requests, fetchedCount: () => fetched }
}

const lookup = { method: 'GET', path: 'traits/24' } as const

/** Every status and gateway code of `reference/solutions.md` §1.4 and §0.4; the status is passed on where it is Audience Manager's own. */
const documented: readonly (readonly [
  what: string,
  answer: HttpOutcome,
  refusal: object,
  status: number | undefined,
])[] = [
  ['400', answered(400), failed, 400],
  ['401', answered(401), misconfigured('clientId'), 401],
  ['403', answered(403), misconfigured('clientId'), 403],
  ['404', answered(404), failed, 404],
  ['409', answered(409), failed, 409],
  ['429', answered(429), retry('solution', false), 429],
  ['500', answered(500), retry('row', true), 500],
  ['502', answered(502, { code: 502, message: 'Oops.' }), retry('row', true), 502],
  ['401013', gateway(401, '401013'), misconfigured('clientId'), 401],
  ['403010', gateway(403, '403010'), misconfigured('restUrl'), undefined],
  ['403023', gateway(403, '403023'), misconfigured('clientId'), undefined],
  ['404040', gateway(404, '404040'), misconfigured('restUrl'), undefined],
  ['429001', gateway(429, '429001'), retry('solution', false), undefined],
  ['429050', gateway(429, '429050'), retry('solution', false), undefined],
]

test.each(documented)('REST %s', async (_what, answer, refusal, status) => {
  const { call } = clientOver(() => answer)
  const outcome = await call(lookup)
  expect(outcome).toMatchObject({ kind: 'refused', refusal })
  expect(outcome.kind === 'refused' ? outcome.status : 0).toBe(status)
  // Messages are not ours to pass on: they may name a person.
  expect(JSON.stringify(outcome)).not.toContain('somebody')
})

test('every gateway code of the table is in the test', () => {
  expect(documented.map(([what]) => what)).toEqual(expect.arrayContaining([...gatewayCodes.keys()]))
})

test.each([
  [200, { sid: 24 }, { sid: 24 }],
  [201, { sid: 24 }, { sid: 24 }],
  [204, undefined, undefined],
])('%i is success', async (status, body, expected) => {
  const { call, requests } = clientOver(() => answered(status, body))
  expect(await call({ ...lookup, method: 'PUT', json: { name: 'x' } })).toEqual({
    kind: 'answer',
    body: expected,
  })
  expect(String(requests[0]?.url)).toBe('https://aam.adobe.io/v1/traits/24')
  expect(requests[0]).toMatchObject({
    method: 'PUT',
    body: '{"name":"x"}',
    headers: { authorization: 'Bearer T1', 'x-api-key': 'key' },
  })
})

test('a token that is not taken any more is fetched again once', async () => {
  const good = clientOver((calls) => (calls === 1 ? gateway(401, '401013') : answered(200, {})))
  expect(await good.call(lookup)).toMatchObject({ kind: 'answer' })
  expect(good.fetchedCount()).toBe(2)
  const never = clientOver(() => gateway(401, '401013'))
  await never.call(lookup)
  expect(never.requests).toHaveLength(2)
})
