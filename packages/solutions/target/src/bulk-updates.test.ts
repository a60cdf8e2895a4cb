import { expect, test } from 'vitest'
import { misconfigured, refusal } from '@segue/solution-kit'
import { bulkUpdates } from './bulk-updates.ts'
import type { ProfileCall, ProfileOutcome } from './profile-client.ts'
import type { ProfileState } from './profile-state.ts'

const states: readonly ProfileState[] = Array.from({ length: 8 }, (_, n) => ({
  id: `id${n}`,
  attributes: new Map([['aepseg_1', 'realized']]),
}))

const taken: ProfileOutcome = {
  kind: 'answer',
  response: { success: 'true', batchStatus: 'http://edge.example/s?batchId=b1' },
}
const tooLarge: ProfileOutcome = {
  kind: 'too-large',
  refusal: refusal('CALL_TOO_LARGE', { kind: 'failed' }),
}

function sender(answer: (form: string, nth: number) => ProfileOutcome, maxRows = 100) {
  const calls: ProfileCall[] = []
  const send = bulkUpdates({
    call: (call) => {
      calls.push(call)
      return Promise.resolve(answer(call.form ?? '', calls.length))
    },
    limits: { maxRows, maxBytes: 1_000_000 },
    nowMs: () => 0,
  })
  return { send, calls }
}

test('nothing makes no call', async () => {
  const { send, calls } = sender(() => taken)
  expect((await send([])).size).toBe(0)
  expect(calls).toEqual([])
})

test('a file that is too large is halved until it is not; one profile alone is its own trouble', async () => {
  const { send, calls } = sender((form) =>
    form.includes('id3') || form.split('\n').length > 5 ? tooLarge : taken,
  )
  const outcomes = await send(states)
  expect(states.map((state) => outcomes.get(state)?.status)).toEqual(
    states.map(({ id }) => (id === 'id3' ? 'rejected' : 'accepted')),
  )
  expect(calls.every(({ path }) => path === 'v2/profile/batchUpdate')).toBe(true)
})

test('a refused batch is its own, the next goes out', async () => {
  const refused: ProfileOutcome = {
    kind: 'answer',
    response: { success: 'false' },
  }
  const { send, calls } = sender((_form, nth) => (nth === 1 ? refused : taken), 4)
  const outcomes = [...(await send(states)).values()]
  expect(outcomes.slice(0, 4)).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ code: 'BATCH_REFUSED' })),
  )
  expect(outcomes.slice(4)).toEqual(
    Array.from({ length: 4 }, () => ({ status: 'accepted', batchId: 'b1' })),
  )
  expect(calls).toHaveLength(2)
})

test('after an answer that waits for a person nothing further goes out', async () => {
  const because = refusal('CLIENT_UNKNOWN', misconfigured('clientCode'))
  const { send, calls } = sender(() => ({ kind: 'refused', refusal: because }), 2)
  const outcomes = await send(states)
  expect(calls).toHaveLength(1)
  expect([...outcomes.values()]).toEqual(states.map(() => because))
})
