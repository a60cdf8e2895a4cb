import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { faultEntry, refusalOfFault } from './fault-codes.ts'
import { addition, relationsOf, removal } from './relations.ts'
import type { CallSoap, SoapCall } from './soap-client.ts'
import type { SoapOutcome } from './soap-outcome.ts'

const group = { id: '7', name: 'aep_1', desc: '1' }
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ key: `${n}`, id: `${n}` }))

function fault(faultCode: string, text = ''): SoapOutcome {
  const entry = faultEntry({ faultCode, text })
  return { kind: 'fault', entry, refusal: refusalOfFault(entry) }
}

/** Ids in a written collection. */
function idsIn(call: SoapCall): readonly string[] {
  const found = JSON.stringify(call.parameters).matchAll(/"@(?:recipient-)?id":"(\d+)"/g)
  return Array.from(found, ([, id]) => id ?? '')
}

function member(id: string): SoapOutcome {
  const rcpGrpRel = [{ '@recipient-id': id, '@group-id': '7' }]
  return { kind: 'answer', content: { pdomOutput: { list: { rcpGrpRel } } } }
}

/** A Campaign whose collections fail as told. */
function campaign(
  answer: (ids: readonly string[], call: SoapCall) => SoapOutcome,
  recipientsPerWrite = 1_000,
) {
  const sizes: number[] = []
  const call: CallSoap = (one) => {
    if (one.method === 'WriteCollection') sizes.push(idsIn(one).length)
    return Promise.resolve(answer(idsIn(one), one))
  }
  return { sizes, relations: relationsOf({ call, recipientsPerWrite, recipientFolder: undefined }) }
}

const fine: SoapOutcome = { kind: 'answer', content: '' }

test('an addition has the documented shape, and creates neither people nor groups', () => {
  expect(addition(group, [{ key: '1', id: '1362' }], undefined)).toEqual({
    schema: 'xtk:persist',
    method: 'WriteCollection',
    parameters: {
      __sessiontoken: '',
      domDoc: {
        'recipient-collection': {
          '@xtkschema': 'nms:recipient',
          recipient: [
            {
              '@_key': '@id',
              '@_operation': 'none',
              '@id': '1362',
              rcpGrpRel: {
                '@_key': '[rcpGroup/@name]',
                rcpGroup: { '@name': 'aep_1', '@_operation': 'none' },
              },
            },
          ],
        },
      },
    },
  })
})

test('somebody to be created is written by key, in the folder for them', () => {
  const create = [
    ['hash', 'a'],
    ['ecid', '4'],
  ] as const
  const { parameters } = addition(group, [{ key: 'new', create }], 'people')
  expect(parameters['domDoc']).toMatchObject({
    'recipient-collection': {
      recipient: [
        {
          '@_key': '@hash',
          '@_operation': 'insertOrUpdate',
          '@hash': 'a',
          '@ecid': '4',
          folder: { '@name': 'people', '@_operation': 'none' },
        },
      ],
    },
  })
})

test('a removal holds nothing but the fields of its key', () => {
  expect(removal(group, [{ key: '1', id: '1362' }]).parameters['domDoc']).toEqual({
    'rcpGrpRel-collection': {
      '@xtkschema': 'nms:rcpGrpRel',
      rcpGrpRel: [
        {
          '@_operation': 'delete',
          '@_key': '[@group-id],[@recipient-id]',
          '@group-id': '7',
          '@recipient-id': '1362',
        },
      ],
    },
  })
})

test('a collection has at most as many people as are set, and everybody is in one', async () => {
  const { sizes, relations } = campaign(() => fine, 400)
  const receipts = await relations.add(group, people(1_000))
  expect(sizes).toEqual([400, 400, 200])
  expect(receipts.size).toBe(1_000)
  expect(new Set(Array.from(receipts.values(), ({ status }) => status))).toEqual(
    new Set(['delivered']),
  )
})

test('up to two culprits are found, wherever they are, and nobody else fails for them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 2 }),
      async (count, bad) => {
        const culprits = new Set(bad.map((n) => `${n % count}`))
        const { relations } = campaign((ids) =>
          ids.some((id) => culprits.has(id)) ? fault('Client') : fine,
        )
        const receipts = await relations.add(group, people(count))
        expect(receipts.size).toBe(count)
        for (const [key, receipt] of receipts) {
          expect(receipt).toMatchObject(
            culprits.has(key)
              ? { status: 'rejected', kind: 'failed', code: 'SOAP_CLIENT' }
              : { status: 'delivered', applied: true },
          )
        }
      },
    ),
    { seed: 20_261_123, numRuns: 25 },
  )
})

test('where everything fails the search ends, and who was not tried alone is sent again', async () => {
  const { sizes, relations } = campaign(() => fault('Client'))
  const receipts = [...(await relations.add(group, people(1_000))).values()]
  expect(sizes.length).toBeLessThanOrEqual(41)
  expect(receipts).toHaveLength(1_000)
  const alone = receipts.filter(({ status }) => status === 'rejected')
  expect(alone.length).toBe(sizes.filter((size) => size === 1).length)
  for (const receipt of receipts.filter(({ status }) => status !== 'rejected')) {
    expect(receipt).toMatchObject({ status: 'retry', code: 'BATCH_REFUSED', inDoubt: false })
  }
})

test.each(['VersionMismatch', 'MustUnderstand'])(
  '%s is nobody’s fault: not cut up',
  async (code) => {
    const { sizes, relations } = campaign(() => fault(code))
    await relations.add(group, people(10))
    expect(sizes).toEqual([10])
  },
)

test('what concerns the whole solution stops what is left', async () => {
  const { sizes, relations } = campaign(
    () => ({
      kind: 'refused',
      refusal: { status: 'retry', code: 'X', afterMs: 9, scope: 'solution', inDoubt: true },
    }),
    5,
  )
  const receipts = await relations.add(group, people(10))
  expect(sizes).toEqual([5])
  expect(receipts.get('0')).toMatchObject({ inDoubt: true })
  expect(receipts.get('9')).toMatchObject({ status: 'retry', scope: 'solution', inDoubt: false })
})

test('a unique index that refuses somebody who is in already is no failure', async () => {
  const unique = fault('Server', 'duplicate key violates unique constraint')
  const inside = campaign((_ids, call) => (call.method === 'ExecuteQuery' ? member('0') : unique))
  expect((await inside.relations.add(group, people(1))).get('0')).toMatchObject({
    status: 'delivered',
  })
  const outside = campaign((_ids, call) =>
    call.method === 'ExecuteQuery' ? { kind: 'answer', content: { pdomOutput: '' } } : unique,
  )
  expect((await outside.relations.add(group, people(1))).get('0')).toMatchObject({
    status: 'rejected',
    code: 'UNIQUE_INDEX',
  })
})

test('… and where that cannot be asked, it is asked again later', async () => {
  const unique = fault('Server', 'duplicate key violates unique constraint')
  const { relations } = campaign((_ids, call) =>
    call.method === 'ExecuteQuery' ? fault('Server') : unique,
  )
  expect((await relations.add(group, people(1))).get('0')).toMatchObject({ status: 'retry' })
})

test('who is not in the group is not written about when taken out of it', async () => {
  const { sizes, relations } = campaign((_ids, call) =>
    call.method === 'ExecuteQuery' ? member('1') : fine,
  )
  const receipts = await relations.remove(group, people(3))
  expect(sizes).toEqual([1])
  expect(Array.from(receipts.values(), ({ status }) => status)).toEqual(
    Array.from({ length: 3 }, () => 'delivered'),
  )
})
