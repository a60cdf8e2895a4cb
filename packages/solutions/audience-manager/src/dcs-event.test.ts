import { array, assert, constantFrom, integer, property, tuple, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { dcsEvents } from './dcs-event.ts'
import type { DeclaredId } from './identity-form.ts'

const orgId = '5DC5123F5245B1D20A490D46@AdobeOrg'
const sources = { ECID: 31000, GAID: 20914, IDFA: 20915, email_lc_sha256: 31001 }

function id(namespace: DeclaredId['namespace'], value: string): DeclaredId {
  return { namespace, dataSourceId: sources[namespace], id: value }
}

function query(one: DeclaredId): string | undefined {
  return dcsEvents([one], [trait('289983', 's-1'), trait('289984', 's:2')], orgId)[0]?.query
}

function trait(sid: string, segmentId = `segment-${sid}`) {
  return { sid, segmentId }
}

test('the documented forms of the four kinds of id', () => {
  const rest = 'd_sid=289983,289984&segID=s-1,s%3A2&d_rtbd=json&d_jsonv=1'
  expect(query(id('ECID', '08382830887934830189014177072406221371'))).toBe(
    `d_mid=08382830887934830189014177072406221371&d_orgid=5DC5123F5245B1D20A490D46%40AdobeOrg&${rest}`,
  )
  expect(query(id('GAID', 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'))).toBe(
    `d_cid=20914%01e4fe9bde-caa0-47b6-908d-ffba3fa184f2&${rest}`,
  )
  expect(query(id('IDFA', 'AEBE52E7-03EE-455A-B3C4-E57283966239'))).toBe(
    `d_cid=20915%01AEBE52E7-03EE-455A-B3C4-E57283966239&${rest}`,
  )
  expect(query(id('email_lc_sha256', 'ab12'))).toBe(`d_cid=31001%01ab12%011&${rest}`)
})

test('the separator survives as one octet: ids are encoded before they are joined, never after', () => {
  const [event] = dcsEvents([id('email_lc_sha256', 'a%b&c')], [trait('1')], orgId)
  expect(event?.query).toContain('d_cid=31001%01a%25b%26c%011&')
  expect(event?.query).not.toContain('%2501')
})

test('calls keep every bound, and every id meets every trait exactly once', () => {
  const someId = tuple(
    constantFrom<DeclaredId['namespace']>('ECID', 'GAID', 'IDFA', 'email_lc_sha256'),
    integer({ min: 1, max: 9 }),
  ).map(([namespace, value]) => id(namespace, `${value}`.padStart(64, 'f')))
  assert(
    property(
      uniqueArray(someId, {
        minLength: 1,
        maxLength: 30,
        selector: (one) => `${one.dataSourceId}/${one.id}`,
      }),
      array(integer({ min: 1, max: 9_999_999_999 }), { minLength: 1, maxLength: 60 }),
      integer({ min: 1, max: 120 }),
      (ids, some, times) => {
        const sids = [
          ...new Set(
            Array.from({ length: times }, (_, n) =>
              some.map((sid) => `${sid + n * 10 ** 10}`),
            ).flat(),
          ),
        ]
        const events = dcsEvents(
          ids,
          sids.map((sid) => trait(sid, `7841ba61-23c1-4bb3-a495-00d3a5fe1e93/${sid}`)),
          orgId,
        )
        const pairs: string[] = []
        for (const event of events) {
          const size = event.query.length
          expect(event.method === 'GET' ? size <= 8_192 - 64 : size <= 32_768).toBe(true)
          const customers = event.ids.filter((one) => one.namespace !== 'ECID')
          expect(customers.length).toBeLessThanOrEqual(10)
          expect(event.ids.length - customers.length).toBeLessThanOrEqual(1)
          for (const source of Object.values(sources)) {
            expect(
              customers.filter((one) => one.dataSourceId === source).length,
            ).toBeLessThanOrEqual(3)
          }
          for (const one of event.ids) {
            for (const sid of event.sids) pairs.push(`${one.dataSourceId}/${one.id}/${sid}`)
          }
        }
        expect(pairs.length).toBe(ids.length * sids.length)
        expect(new Set(pairs).size).toBe(pairs.length)
      },
    ),
    { seed: 20261123, numRuns: 40 },
  )
})

test('a person takes one GET for the devices and one for the hashed mail', () => {
  const devices = [id('ECID', '1'), id('GAID', '2'), id('IDFA', '3')]
  const hashed = id('email_lc_sha256', '4')
  const events = dcsEvents([...devices, hashed], [trait('1'), trait('2'), trait('3')], orgId)
  expect(events).toMatchObject([
    { method: 'GET', ids: devices },
    { method: 'GET', ids: [hashed] },
  ])
})

test('an id with a comma would be two signals: its trait goes by its number alone', () => {
  const [event] = dcsEvents([id('ECID', '1')], [trait('24', 'a,b'), trait('25', 'c')], orgId)
  expect(event?.query).toContain('d_sid=24,25&segID=c&')
  const [alone] = dcsEvents([id('ECID', '1')], [trait('24', 'a,b')], orgId)
  expect(alone?.query).not.toContain('segID')
})
