import type { ProfileUpdate } from '@segue/model'
import { expect, test } from 'vitest'
import { malformed } from '../body/updates.ts'
import type { Updates } from '../body/updates.ts'
import type { Submission } from './append-groups.ts'
import { submitUpdates, warningsMax } from './submit-updates.ts'

const nowMs = Date.UTC(2026, 10, 23)

function keeping(): { submission: Submission; added: ProfileUpdate[] } {
  const added: ProfileUpdate[] = []
  const submission: Submission = {
    add: (update) => void added.push(update),
    finish: () => Promise.resolve('appended'),
  }
  return { submission, added }
}

function given(values: readonly unknown[]): Updates {
  let at = 0
  return { count: values.length, next: () => values[at++] }
}

const good = (id: number): object => ({ identityMap: { crm: [{ id: `person-${id}` }] } })

test('each bad update is listed with its place, and its neighbours are submitted in order', async () => {
  const { submission, added } = keeping()
  const values = [good(0), malformed, good(2), 7, { identityMap: {} }, good(5)]
  const { accepted, rejected, warnings } = await submitUpdates(
    given(values),
    submission,
    nowMs,
    () => {},
  )
  expect(added.map(({ profileKey }) => profileKey)).toEqual([
    'crm:person-0',
    'crm:person-2',
    'crm:person-5',
  ])
  expect(accepted).toBe(3)
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([
    [1, 'MALFORMED_JSON'],
    [3, 'UPDATE_INVALID'],
    [4, 'NO_USABLE_IDENTITY'],
  ])
  expect(warnings).toEqual([])
})

test('warnings are listed up to a bound, and the last one says how many more there were', async () => {
  const warned = { identityMap: { crm: [{ id: 'a' }], GAID: [{ id: 'x' }] } }
  const { submission } = keeping()
  const { accepted, warnings } = await submitUpdates(
    given(Array.from({ length: warningsMax + 500 }, () => warned)),
    submission,
    nowMs,
    () => {},
  )
  expect(accepted).toBe(warningsMax + 500)
  expect(warnings).toHaveLength(warningsMax)
  expect(warnings.at(0)).toMatchObject({ index: 0, code: 'GAID_INVALID' })
  expect(warnings.at(-1)).toMatchObject({ code: 'WARNING_LIMIT', detail: '501 more warnings' })
})

test('others get their turn while a large body is checked, and it can be given up', async () => {
  const { submission, added } = keeping()
  let turns = 0
  const work = submitUpdates(
    given(Array.from({ length: 5_000 }, (_, index) => good(index))),
    submission,
    nowMs,
    () => {
      turns += 1
      if (turns === 3) throw new Error('no point')
    },
  )
  await expect(work).rejects.toThrow('no point')
  expect(added.length).toBeLessThan(5_000)
})
