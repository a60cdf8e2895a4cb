import { expect, test } from 'vitest'
import { at } from './started.ts'
import { mediaType, targetStarted } from './target-caller.ts'

const targetRule = { and: [{ profile: 'a', equals: ['realized'] }] }
const v3 = [{ name: 'Content-Type', value: mediaType }]

test('operations run each by itself, after what they depend on, with the ids of what that made', async () => {
  const { admin } = await targetStarted()
  const answer = await admin('POST', '/batch', {
    operations: [
      // As the sample prints optional fields.
      {
        operationId: 2,
        'dependsOnOperationIds~': [1],
        method: 'GET',
        relativeUrl: '/v3/audiences/{operationIdResponse:1}',
      },
      {
        operationId: 1,
        method: 'POST',
        relativeUrl: '/v3/audiences',
        body: { name: 'A', targetRule },
      },
      {
        operationId: 3,
        method: 'POST',
        relativeUrl: '/audiences',
        'headers~': v3,
        'body~': { name: 'B', description: '{operationIdResponse:1}', targetRule },
        dependsOnOperationIds: [1],
      },
      {
        operationId: 4,
        method: 'POST',
        relativeUrl: '/audiences',
        body: { name: 'C', targetRule },
      },
      { operationId: 5, method: 'GET', relativeUrl: '/v3/audiences', dependsOnOperationId: 4 },
      { operationId: 6, method: 'GET', relativeUrl: '/v3/audiences', dependsOnOperationIds: [5] },
      { operationId: 7, method: 'GET', relativeUrl: '/v1/nothing' },
    ],
  })
  expect(answer.status).toBe(200)
  const results = at(answer.json(), 'results')
  expect(results).toMatchObject([
    { operationId: 1, skipped: false, statusCode: 201, body: { name: 'A' } },
    { operationId: 2, skipped: false, statusCode: 200, body: { name: 'A' } },
    // A number where a text is wanted.
    { operationId: 3, skipped: false, statusCode: 400 },
    { operationId: 4, skipped: false, statusCode: 406 },
    { operationId: 5, skipped: true },
    { operationId: 6, skipped: true },
    { operationId: 7, skipped: false, statusCode: 404 },
  ])
  expect(at(results, 0, 'headers', 0, 'name')).toBe('Content-Type')
})

const get = { method: 'GET', relativeUrl: '/v3/audiences' }

const wrong: readonly (readonly [string, unknown])[] = [
  ['no list', {}],
  ['an empty list', []],
  [
    '257 operations',
    Array.from({ length: 257 }, (_, operationId) => ({ ...get, operationId: operationId % 256 })),
  ],
  [
    'an id twice',
    [
      { ...get, operationId: 1 },
      { ...get, operationId: 1 },
    ],
  ],
  ['an id over 255', [{ ...get, operationId: 256 }]],
  ['another method', [{ ...get, operationId: 1, method: 'HEAD' }]],
  ['a whole address', [{ ...get, operationId: 1, relativeUrl: 'http://x/' }]],
  ['a missing predecessor', [{ ...get, operationId: 1, dependsOnOperationIds: [2] }]],
  [
    'a circle',
    [
      { ...get, operationId: 1, dependsOnOperationIds: [2] },
      { ...get, operationId: 2, dependsOnOperationIds: [1] },
    ],
  ],
  ['a header without a name', [{ ...get, operationId: 1, headers: [{ value: 'x' }] }]],
  [
    'the id of what made nothing',
    [
      { ...get, operationId: 1 },
      {
        ...get,
        operationId: 2,
        relativeUrl: '/v3/audiences/{operationIdResponse:1}',
        dependsOnOperationIds: [1],
      },
    ],
  ],
]

test('what is no list of operations answers 400', async () => {
  const { admin } = await targetStarted()
  for (const [what, operations] of wrong) {
    const { status } = await admin('POST', '/batch', { operations })
    expect({ what, status }).toEqual({ what, status: 400 })
  }
})

test('256 operations pass, and faults meet each operation', async () => {
  const { admin, control } = await targetStarted()
  await control('POST', '/control/faults', {
    target: ['ok', 'ok', '500'].map((answer) => ({ operation: 'audiences.list', answer })),
  })
  const operations = Array.from({ length: 256 }, (_, operationId) => ({ ...get, operationId }))
  const { results } = (await admin('POST', '/batch', { operations })).json() as {
    results: { statusCode: number }[]
  }
  expect(results).toHaveLength(256)
  expect(results.map(({ statusCode }) => statusCode).filter((status) => status !== 200)).toEqual([
    500,
  ])
})
