import { expect, test } from 'vitest'
import type { AdminCall, AdminOutcome, CallAdmin } from './admin-client.ts'
import { audiences } from './audiences.ts'
import type { Audience } from './audience-list.ts'
import { refusalOfCode } from './codes.ts'

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const id = '7841ba61-23c1-4bb3-a495-00d3a5fe1e93'
const place = { workspace: undefined, namePrefix: 'AEP ' }

function refused(status: number): AdminOutcome {
  const because = refusalOfCode('admin', `${status}`, { status, headers: {} }, 0)
  return status === 404
    ? { kind: 'gone', refusal: because }
    : { kind: 'refused', status, refusal: because }
}

/** A Target with these audiences. `answer` comes first; where it answers nothing the call is carried out. */
function admin(
  held: Audience[],
  options: {
    readonly pageSize?: number
    readonly answer?: (call: AdminCall) => AdminOutcome | undefined
  } = {},
) {
  const calls: AdminCall[] = []
  const call: CallAdmin = async (one) => {
    calls.push(one)
    await Promise.resolve()
    return options.answer?.(one) ?? act(one)
  }
  return { call, calls, held, of: (method: string) => calls.filter((c) => c.method === method) }

  function act({ method, path, query, json }: AdminCall): AdminOutcome {
    if (method === 'GET') {
      const offset = Number(query?.['offset'])
      const limit = Math.min(Number(query?.['limit']), options.pageSize ?? 1_000)
      const page = held.toSorted((a, b) => a.id - b.id).slice(offset, offset + limit)
      return { kind: 'answer', body: { total: held.length, offset, limit, audiences: page } }
    }
    if (method === 'POST') {
      const made = { id: 100 + held.length, ...json } as Audience
      held.push(made)
      return { kind: 'answer', body: made }
    }
    const at = held.findIndex((one) => path === `audiences/${one.id}`)
    const found = held[at]
    if (found === undefined) return refused(404)
    if (method === 'DELETE') held.splice(at, 1)
    else held[at] = { ...found, ...json }
    return { kind: 'answer', body: held[at] }
  }
}

test('an audience is made once, tests the attribute, and is found after', async () => {
  const target = admin([])
  const { ensure } = audiences(target.call, place)
  const both = await Promise.all([ensure(segment, 'Loyal buyers'), ensure(segment, 'Loyal buyers')])
  expect(both).toMatchObject([
    { status: 'ready', remoteId: '100' },
    { status: 'ready', remoteId: '100' },
  ])
  expect(target.of('POST').map(({ json }) => json)).toEqual([
    {
      name: 'AEP Loyal buyers',
      description: id,
      targetRule: {
        and: [{ profile: 'aepseg_7841ba61__23c1__4bb3__a495__00d3a5fe1e93', equals: ['realized'] }],
      },
    },
  ])
})

test('it is looked for on every page, also where pages are shorter than asked for', async () => {
  const others = Array.from({ length: 25 }, (_, n) => ({ id: n + 1, name: `x${n}` }))
  const target = admin([...others, { id: 50, name: 'whatever', description: ` ${id} ` }], {
    pageSize: 10,
  })
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({
    remoteId: '50',
  })
  expect(target.of('GET')).toHaveLength(3)
  expect(target.of('POST')).toHaveLength(0)
})

test('a server that answers one page for ever is left', async () => {
  const page = { audiences: [{ id: 1, name: 'x' }] }
  const target = admin([], {
    answer: ({ method }) => (method === 'GET' ? { kind: 'answer', body: page } : undefined),
  })
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({
    status: 'ready',
  })
})

test.each([
  ['deleted', { status: 'deleted' }],
  ['of a longer id', { description: `${id}0` }],
  ['that somebody made by hand', { description: null }],
])('an audience %s is not the segment’s', async (_what, fields) => {
  const target = admin([{ id: 5, name: 'y', description: id, ...fields }])
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({
    status: 'ready',
    remoteId: '101',
  })
})

test('one in another workspace is not the segment’s, where a workspace is set', async () => {
  const there = { id: 5, name: 'y', description: id, workspace: '1' }
  const target = admin([there])
  const settings = { ...place, workspace: '2' }
  expect(await audiences(target.call, settings).ensure(segment, 'x')).toMatchObject({
    remoteId: '101',
  })
  expect(target.of('POST')[0]?.json).toMatchObject({ workspace: '2' })
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({ remoteId: '5' })
})

test('two processes that make one at the same time keep the same one', async () => {
  const target = admin([{ id: 1, name: 'x' }])
  const made: Audience = { id: 7, name: 'AEP Loyal buyers', description: id }
  const raced = audiences(async (call) => {
    if (call.method === 'POST') target.held.push(made)
    return target.call(call)
  }, place)
  expect(await raced.ensure(segment, 'Loyal buyers')).toMatchObject({
    status: 'ready',
    remoteId: '7',
  })
  expect(target.held.filter(({ description }) => description === id)).toEqual([made])
})

test('a name that is taken makes way for one with the id, also when Target finds out', async () => {
  const target = admin([{ id: 5, name: 'aep loyal buyers' }])
  await audiences(target.call, place).ensure(segment, 'Loyal buyers')
  expect(target.held[1]?.name).toBe(`AEP Loyal buyers [${id}]`)

  const other = admin([])
  const late = audiences((call) => {
    if (call.method === 'POST' && other.held.length === 0) {
      other.held.push({ id: 5, name: 'AEP Loyal buyers' })
      return Promise.resolve(refused(400))
    }
    return other.call(call)
  }, place)
  expect(await late.ensure(segment, 'Loyal buyers')).toMatchObject({ status: 'ready' })
  expect(other.held[1]?.name).toBe(`AEP Loyal buyers [${id}]`)
})

test('both names taken: change the prefix', async () => {
  const target = admin([
    { id: 5, name: 'AEP x' },
    { id: 6, name: `AEP x [${id}]` },
  ])
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({
    status: 'misconfigured',
    code: 'AUDIENCE_NAME_TAKEN',
    setting: 'audienceNamePrefix',
  })
})

test('a workspace that Target does not take is a setting to mend', async () => {
  const target = admin([], {
    answer: ({ method }) => (method === 'POST' ? refused(400) : undefined),
  })
  const at = (workspace: string | undefined) => audiences(target.call, { ...place, workspace })
  expect(await at('2').ensure(segment, 'x')).toMatchObject({ setting: 'workspace' })
  expect(await at(undefined).ensure(segment, 'x')).toMatchObject({ code: 'AUDIENCE_INVALID' })
})

test('a look-up that fails makes nothing', async () => {
  const target = admin([], { answer: () => refused(503) })
  expect(await audiences(target.call, place).ensure(segment, 'x')).toMatchObject({
    code: 'TARGET_UNAVAILABLE',
  })
  expect(target.calls).toHaveLength(1)
})

test('a rename keeps the id, may be repeated, and gives way to another’s name', async () => {
  const target = admin([
    { id: 5, name: 'AEP x', description: id },
    { id: 6, name: 'AEP taken' },
  ])
  const { rename } = audiences(target.call, place)
  expect(await rename(segment, '5', 'New')).toMatchObject({ status: 'ready', remoteId: '5' })
  expect(await rename(segment, '5', 'New')).toMatchObject({ status: 'ready', remoteId: '5' })
  expect(target.of('PATCH').map(({ json }) => json)).toEqual([{ name: 'AEP New' }])
  await rename(segment, '5', 'Taken')
  expect(target.held[0]?.name).toBe(`AEP Taken [${id}]`)
  expect(await rename(segment, '99', 'New')).toMatchObject({ code: 'SEGMENT_GONE' })
  expect(await rename(segment, 'x', 'New')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
})

test('a removal says what stays, and one that is not there is removed', async () => {
  const target = admin([{ id: 5, name: 'AEP x', description: id }])
  const { remove } = audiences(target.call, place)
  for (let time = 0; time < 2; time += 1) {
    expect(await remove(segment, '5')).toMatchObject({
      status: 'removed',
      remains: expect.stringContaining('aepseg_7841ba61__'),
    })
  }
  expect(target.held).toEqual([])
  expect(await remove(segment, '../5')).toMatchObject({ code: 'REMOTE_ID_INVALID' })
})

test.each([400, 409])(
  'an audience in use (%d) is tried again later, and says why',
  async (status) => {
    const target = admin([{ id: 5 }], {
      answer: ({ method }) => (method === 'DELETE' ? refused(status) : undefined),
    })
    expect(await audiences(target.call, place).remove(segment, '5')).toMatchObject({
      status: 'retry',
      code: 'AUDIENCE_IN_USE',
      scope: 'row',
      detail: expect.stringContaining('take it out of the activity'),
    })
  },
)
