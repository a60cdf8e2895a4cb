import { expect, test } from 'vitest'
import { DeliveryInvalid, readDeliveryCall } from './delivery-call.ts'

const limits = { deliveryParameters: 50, deliveryMboxes: 50 }
const read = (body: unknown, allowed = limits) =>
  readDeliveryCall(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), allowed)

const web = { context: { channel: 'web' } }
const mboxes = (...list: readonly object[]): object => ({
  ...web,
  execute: { mboxes: list.map((mbox, index) => ({ index, name: `m${index}`, ...mbox })) },
})
const many = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']))
const customers = (count: number, authenticatedState: string): object[] =>
  Array.from({ length: count }, () => ({ id: '1', integrationCode: 'c', authenticatedState }))

test.each<[string, unknown]>([
  ['no JSON', '{'],
  ['an array', []],
  ['no context', {}],
  ['no channel', { context: {} }],
  ['another channel', { context: { channel: 'tv' } }],
  ['51 parameters', mboxes({ profileParameters: many(51) })],
  ['51 mboxes', mboxes(...Array.from({ length: 51 }, () => ({})))],
  ['a name of 129', mboxes({ profileParameters: { ['x'.repeat(129)]: '1' } })],
  ['a blank name', mboxes({ profileParameters: { ' ': '1' } })],
  ['a name with profile.', mboxes({ profileParameters: { 'profile.a': '1' } })],
  ['a value of 5,001', mboxes({ profileParameters: { a: 'x'.repeat(5001) } })],
  ['a value that is no string', mboxes({ profileParameters: { a: true } })],
  ['mbox parameters likewise', mboxes({ parameters: { 'profile.a': '1' } })],
  ['the page load likewise', { ...web, execute: { pageLoad: { profileParameters: many(51) } } }],
  ['views likewise', { ...web, prefetch: { views: [{ profileParameters: many(51) }] } }],
  ['the same index twice', mboxes({ index: 0 }, { index: 0 })],
  ['no index', mboxes({ index: null })],
  ['no name', mboxes({ name: '' })],
  ['mboxes that are no array', { ...web, execute: { mboxes: {} } }],
  ['a mbox that is no object', { ...web, execute: { mboxes: [1] } }],
  ['an id that is a number', { ...web, id: { marketingCloudVisitorId: 1 } }],
  ['an empty id', { ...web, id: { thirdPartyId: '' } }],
  ['an id of 129', { ...web, id: { marketingCloudVisitorId: '1'.repeat(129) } }],
  ['customer ids without a state', { ...web, id: { customerIds: customers(1, '') } }],
  ['51 customer ids', { ...web, id: { customerIds: customers(51, 'unknown') } }],
])('%s is refused', (_what, body) => {
  expect(() => read(body)).toThrow(DeliveryInvalid)
})

test('the greatest that is allowed passes, and more where there is no limit', () => {
  const most = {
    ...mboxes(...Array.from({ length: 49 }, () => ({})), {
      profileParameters: { ...many(49), ['x'.repeat(128)]: 'x'.repeat(5000) },
    }),
    id: {
      thirdPartyId: '1'.repeat(256),
      tntId: 'abc.28_0',
      customerIds: customers(50, 'logged_out'),
    },
  }
  const call = read(most)
  expect(call.entries).toHaveLength(50)
  expect(call.ids).toEqual({ thirdPartyId: '1'.repeat(256), tntId: 'abc' })
  const free = { deliveryParameters: 0, deliveryMboxes: 0 }
  expect(read(mboxes({ profileParameters: many(51) }), free).entries).toHaveLength(51)
})
