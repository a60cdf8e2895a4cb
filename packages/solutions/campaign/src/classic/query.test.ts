import { expect, test } from 'vitest'
import { executeQuery, literal } from './query.ts'
import type { SoapCall } from './soap-client.ts'
import { readSoap } from './soap-envelope.ts'

test('nothing gets out of a literal', () => {
  expect(literal('abc')).toBe("'abc'")
  expect(literal("o'neil")).toBe(String.raw`'o\'neil'`)
  expect(literal(String.raw`\' or 1=1`)).toBe(String.raw`'\\\' or 1=1'`)
})

const query = {
  schema: 'nms:recipient',
  select: ['@id', '@hash'],
  where: ["@hash IN ('a')"],
  lineCount: 7,
} as const

/** What Campaign answers a query with, read from its XML. */
function answering(output: string) {
  const calls: SoapCall[] = []
  const xml = `<E><Body><ExecuteQueryResponse>${output}</ExecuteQueryResponse></Body></E>`
  const answer = readSoap(xml.replaceAll(/(<\/?)E>/g, '$1Envelope>'), 'ExecuteQuery')
  return {
    calls,
    outcome: executeQuery((call) => {
      calls.push(call)
      return Promise.resolve({
        kind: 'answer',
        content: answer?.kind === 'response' ? answer.content : undefined,
      })
    }, query),
  }
}

test('a query has the documented form', async () => {
  const { calls, outcome } = answering('<pdomOutput/>')
  await outcome
  expect(calls).toEqual([
    {
      schema: 'xtk:queryDef',
      method: 'ExecuteQuery',
      parameters: {
        __sessiontoken: '',
        entity: {
          queryDef: {
            '@schema': 'nms:recipient',
            '@operation': 'select',
            '@lineCount': '7',
            select: { node: [{ '@expr': '@id' }, { '@expr': '@hash' }] },
            where: { condition: [{ '@expr': "@hash IN ('a')" }] },
          },
        },
      },
    },
  ])
})

test.each([
  ['none', '<pdomOutput/>', []],
  ['an empty list', '<pdomOutput><recipient-collection/></pdomOutput>', []],
  [
    'one',
    '<pdomOutput><recipient-collection><recipient id="007" hash="a"/></recipient-collection></pdomOutput>',
    [{ id: '007', hash: 'a' }],
  ],
  [
    'two, under another name of the list',
    '<pdomOutput type="x"><list><recipient id="1"/><recipient id="2"/><other id="3"/></list></pdomOutput>',
    [{ id: '1' }, { id: '2' }],
  ],
])('lines: %s', async (_what, output, lines) => {
  expect(await answering(output).outcome).toEqual({ kind: 'lines', lines })
})

test('an answer without an output is not taken for an empty one', async () => {
  expect(await answering('').outcome).toMatchObject({
    kind: 'refused',
    refusal: { code: 'ANSWER_UNREADABLE', inDoubt: false },
  })
})
