import { expect, test } from 'vitest'
import { refusal, retrySolution } from '@segue/solution-kit'
import type { RestOutcome } from './rest-client.ts'
import { traitReadiness } from './trait-readiness.ts'

const hourMs = 3_600_000

function world(answer: RestOutcome, readyAfterMs: number = 4 * hourMs) {
  const state = { nowMs: 1_000_000_000, paths: [] as string[] }
  const readiness = traitReadiness({
    call: ({ path }) => {
      state.paths.push(path)
      return Promise.resolve(answer)
    },
    readyAfterMs,
    nowMs: () => state.nowMs,
  })
  return { state, readiness }
}

test('a trait is ready four hours after it was made, and asked about once', async () => {
  const body = { sid: 24, createTime: 1_000_000_000 - hourMs }
  const { state, readiness } = world({ kind: 'answer', body })
  expect(await readiness('24')).toMatchObject({
    status: 'retry',
    code: 'TRAIT_NOT_READY',
    scope: 'row',
    afterMs: 3 * hourMs,
    inDoubt: false,
  })
  state.nowMs += 3 * hourMs
  expect(await readiness('24')).toBeUndefined()
  expect(state.paths).toEqual(['traits/24'])
})

test('a trait whose age is not told counts as ready', async () => {
  const { readiness } = world({ kind: 'answer', body: { sid: 24 } })
  expect(await readiness('24')).toBeUndefined()
})

test('a trait that is gone asks for its segment again', async () => {
  const missing = refusal('HTTP_404', retrySolution(0, false))
  const { readiness } = world({ kind: 'refused', status: 404, refusal: missing })
  expect(await readiness('24')).toMatchObject({ status: 'retry', code: 'SEGMENT_GONE' })
})

test('what cannot be asked now is asked again', async () => {
  const busy = refusal('HTTP_500', retrySolution(5, true))
  const { readiness, state } = world({ kind: 'refused', status: 500, refusal: busy })
  expect(await readiness('24')).toMatchObject({ code: 'HTTP_500', inDoubt: false })
  await readiness('24')
  expect(state.paths).toHaveLength(2)
})

test('with no such wait nothing is asked', async () => {
  const { readiness, state } = world({ kind: 'answer', body: {} }, 0)
  expect(await readiness('24')).toBeUndefined()
  expect(state.paths).toEqual([])
})
