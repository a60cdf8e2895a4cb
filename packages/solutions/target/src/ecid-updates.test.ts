import { expect, test } from 'vitest'
import type { HttpClient, HttpRequest } from '@segue/solution-kit'
import { ecidCalls } from './ecid-call.ts'
import { ecidUpdates, readDelivery } from './ecid-updates.ts'
import type { ProfileState } from './profile-state.ts'

function visitor(id: string, attributes: number): ProfileState {
  const names = Array.from({ length: attributes }, (_, n) => [`aepseg_${n}`, 'realized'] as const)
  return { id, attributes: new Map(names) }
}

test('the documented sample', () => {
  const state = {
    id: '10527837386392355901041112038610706884',
    attributes: new Map([['aepseg_7841ba61', 'realized' as const]]),
  }
  expect(ecidCalls(state, 'aep-segment-sync')).toEqual([
    {
      id: { marketingCloudVisitorId: '10527837386392355901041112038610706884' },
      context: { channel: 'web' },
      execute: {
        mboxes: [
          {
            index: 1,
            name: 'aep-segment-sync',
            profileParameters: { aepseg_7841ba61: 'realized' },
          },
        ],
      },
    },
  ])
})

interface Call {
  readonly execute: {
    readonly mboxes: readonly { readonly index: number; readonly profileParameters: object }[]
  }
}

test.each([
  [50, [[50]]],
  [51, [[50, 1]]],
  [2_500, [Array.from({ length: 50 }, () => 50)]],
  [2_501, [Array.from({ length: 50 }, () => 50), [1]]],
])('%d attributes keep the bounds of mbox and call', (attributes, expected) => {
  const calls = ecidCalls(visitor('1', attributes), 'm') as readonly Call[]
  const sizes = calls.map(({ execute }) =>
    execute.mboxes.map(({ profileParameters }) => Object.keys(profileParameters).length),
  )
  expect(sizes).toEqual(expected)
  for (const { execute } of calls) {
    const indexes = execute.mboxes.map(({ index }) => index)
    expect(new Set(indexes).size).toBe(indexes.length)
  }
})

function answered(body: unknown, status = 200) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bytes = Buffer.from(text)
  return { kind: 'response', status, headers: {}, body: text, bytes } as const
}

test.each([
  [200, { status: 200, requestId: 'r1' }, { status: 'delivered', applied: true, requestId: 'r1' }],
  [200, { status: 400, message: 'x' }, { code: 'DELIVERY_INVALID' }],
  [200, { status: 500, message: 'x' }, { code: 'TARGET_FAILED' }],
  [200, '<html>', { code: 'ANSWER_UNREADABLE', inDoubt: true }],
  [400, { status: 400, message: 'ECID 105278 is bad' }, { code: 'DELIVERY_INVALID' }],
  [400, { status: 400, message: 'Invalid client' }, { setting: 'clientCode' }],
  [420, '', { code: 'RATE_LIMIT', scope: 'solution' }],
  [413, '', { code: 'CALL_TOO_LARGE', kind: 'failed' }],
])('HTTP %d with %j', (status, body, expected) => {
  const receipt = readDelivery(answered(body, status), 0)
  expect(receipt).toMatchObject(expected)
  expect(JSON.stringify(receipt)).not.toContain('105278')
})

function sender(answer: (call: HttpRequest, nth: number) => ReturnType<typeof answered>) {
  const calls: HttpRequest[] = []
  const under = { way: 0, most: 0 }
  const http: HttpClient = {
    request: async (call) => {
      const nth = calls.push(call)
      under.way += 1
      under.most = Math.max(under.most, under.way)
      await Promise.resolve()
      under.way -= 1
      return answer(call, nth)
    },
    close: () => Promise.resolve(),
  }
  const url = new URL('https://acme.tt.omtrdc.net')
  const settings = { clientCode: 'acme', mbox: 'm', maxConcurrentCalls: 3, nowMs: () => 0 }
  return { send: ecidUpdates({ http, url, ...settings }), calls, under }
}

const visitors = Array.from({ length: 12 }, (_, n) => visitor(`${n}`, 1))

test('each call has a session of its own, and no more are under way than may be', async () => {
  const { send, calls, under } = sender(() => answered({ status: 200 }))
  const receipts = await send(visitors)
  expect([...receipts.values()].every(({ status }) => status === 'delivered')).toBe(true)
  const sessions = calls.map(({ url }) => new URL(url).searchParams.get('sessionId'))
  expect(new Set(sessions).size).toBe(12)
  expect(under.most).toBe(3)
})

test('after 420 nobody further is sent, and they are not in doubt', async () => {
  const { send, calls } = sender((_call, nth) =>
    nth === 2 ? answered('', 420) : answered({ status: 200 }),
  )
  const receipts = await send(visitors)
  expect(calls.length).toBeLessThan(visitors.length)
  const waiting = [...receipts.values()].filter(({ status }) => status === 'retry')
  expect(waiting.length).toBe(visitors.length - calls.length + 1)
  for (const receipt of waiting) expect(receipt).toMatchObject({ inDoubt: false })
})

test('400 of one visitor is that visitor’s alone', async () => {
  const { send } = sender((_call, nth) =>
    nth === 2 ? answered({ status: 400, message: '' }, 400) : answered({ status: 200 }),
  )
  const receipts = [...(await send(visitors)).values()]
  expect(receipts.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(receipts.filter(({ status }) => status === 'delivered')).toHaveLength(11)
})

test('the first of several calls for a visitor that fails ends them', async () => {
  const { send, calls } = sender(() => answered('', 500))
  const one = visitor('1', 2_501)
  expect((await send([one])).get(one)).toMatchObject({ code: 'TARGET_FAILED', inDoubt: true })
  expect(calls).toHaveLength(1)
})
