import { expect, test } from 'vitest'
import { readList, subscriptionsHref } from './records.ts'
import type { StandardCall, StandardOutcome } from './standard-client.ts'

/** Answers one after the other, and the calls that had them. */
function answering(...answers: readonly (object | StandardOutcome)[]) {
  const calls: StandardCall[] = []
  return {
    calls,
    call: (call: StandardCall): Promise<StandardOutcome> => {
      const answer = answers[calls.length] ?? {}
      calls.push(call)
      return Promise.resolve(
        'kind' in answer ? (answer as StandardOutcome) : { kind: 'answer', body: answer },
      )
    },
  }
}

test('a list is read to its end by the addresses it gives, also where the table is large', async () => {
  const { call, calls } = answering(
    { content: [1], next: { href: 'https://x/2?_lineStart=@a' } },
    { content: [2], next: { href: 'https://x/3?_lineStart=@b' } },
    { content: [3] },
  )
  expect(await readList(call, { path: 'service' }, { query: { a: 'b' }, maxPages: 5 })).toEqual({
    kind: 'records',
    records: [1, 2, 3],
    complete: true,
  })
  expect(calls).toEqual([
    {
      method: 'GET',
      at: { path: 'service' },
      query: { a: 'b', _lineCount: '200', _forcePagination: 'true' },
    },
    { method: 'GET', at: { href: 'https://x/2?_lineStart=@a' } },
    { method: 'GET', at: { href: 'https://x/3?_lineStart=@b' } },
  ])
})

test('a list that does not end is bounded, and says that it is not complete', async () => {
  const endless = { content: [1], next: { href: 'https://x' } }
  const { call, calls } = answering(endless, endless, endless, endless)
  expect(await readList(call, { path: 'service' }, { maxPages: 3 })).toMatchObject({
    records: [1, 1, 1],
    complete: false,
  })
  expect(calls).toHaveLength(3)
})

test('trouble while reading leaves no row in doubt', async () => {
  const refusal = { status: 'retry', code: 'X', afterMs: 1, scope: 'row', inDoubt: true } as const
  for (const answer of [{ kind: 'refused', refusal }, { content: 'no list' }] as const) {
    expect(await readList(answering(answer).call, { path: 'x' }, { maxPages: 3 })).toMatchObject({
      kind: 'refused',
      refusal: { status: 'retry', inDoubt: false },
    })
  }
})

test('where subscriptions are: in the record, or in the record at its address', async () => {
  const whole = { PKey: '@1', href: 'https://x/1', subscriptions: { href: 'https://x/1/s' } }
  const direct = answering()
  expect(await subscriptionsHref(direct.call, whole)).toEqual({
    kind: 'href',
    href: 'https://x/1/s',
  })
  expect(direct.calls).toHaveLength(0)
  const short = answering(whole)
  expect(await subscriptionsHref(short.call, { PKey: '@1', href: 'https://x/1' })).toMatchObject({
    href: 'https://x/1/s',
  })
  expect(short.calls).toEqual([{ method: 'GET', at: { href: 'https://x/1' } }])
})
