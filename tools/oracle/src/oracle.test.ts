import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { replayLines, type OracleResult } from './oracle.ts'

const ecid = '1'.repeat(38)
const otherEcid = '2'.repeat(38)
const segment = 'seg-a'
const endMs = Date.parse('2026-11-23T12:00:00Z')

const at = (time: string): string => `2026-11-23T${time}Z`
const realized = (time: string, more: object = {}): object => ({
  status: 'realized',
  lastQualificationTime: at(time),
  ...more,
})
const exited = (time: string): object => ({ status: 'exited', lastQualificationTime: at(time) })

interface Line {
  readonly identityMap?: unknown
  readonly segmentMembership?: unknown
  readonly consents?: unknown
}
/** One membership of the one profile that most cases are about. */
const says = (membership: object, more: Line = {}): Line => ({
  identityMap: { ECID: [{ id: ecid }] },
  segmentMembership: { ups: { [segment]: membership } },
  ...more,
})
const replay = (lines: readonly (Line | string)[], end = endMs): Promise<OracleResult> =>
  replayLines(
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))),
    { endMs: end, acceptedMs: endMs },
  )
const membersOf = async (
  lines: readonly (Line | string)[],
  end?: number,
): Promise<readonly string[]> =>
  (await replay(lines, end)).members['audience-manager'][segment] ?? []

const consents = (val: string, time?: string): Line => ({
  consents: { share: { val }, ...(time === undefined ? {} : { metadata: { time: at(time) } }) },
})

/** Each profile's key and identities, after updates with these identity maps. */
const identify = async (...maps: object[]): Promise<readonly string[]> => {
  const { profiles } = await replay(
    maps.map((identityMap) => says(realized('10:00:00'), { identityMap })),
  )
  return [...profiles].map(([key, { identities }]) => [key, ...identities].join(' '))
}
const keyOf = async (map: object): Promise<string | undefined> =>
  (await identify(map))[0]?.split(' ')[0]
const ahead = (ms: number): Line =>
  says({ status: 'realized', lastQualificationTime: new Date(endMs + ms).toISOString() })

describe('order', () => {
  test('the newest lastQualificationTime wins, whatever the order of lines', async () => {
    expect(await membersOf([says(exited('10:00:00')), says(realized('09:00:00'))])).toEqual([])
    expect(await membersOf([says(realized('10:00:00')), says(exited('09:00:00'))])).toHaveLength(1)
  })
  test('at the same time exited wins over realized, whatever the order of lines', async () => {
    expect(await membersOf([says(realized('10:00:00')), says(exited('10:00:00'))])).toEqual([])
    expect(await membersOf([says(exited('10:00:00')), says(realized('10:00:00'))])).toEqual([])
  })
  test('what is equal in both is decided by the later line', async () => {
    const ended = says(realized('10:00:00', { validUntil: at('11:00:00') }))
    const open = says(realized('10:00:00'))
    expect(await membersOf([ended, open])).toHaveLength(1)
    expect(await membersOf([open, ended])).toEqual([])
  })
  test('a repeated line changes nothing', async () => {
    const lines = [says(realized('10:00:00')), says(exited('11:00:00'))]
    expect(await membersOf([...lines, ...lines])).toEqual([])
  })
  test('segments, and namespaces of segments, do not touch each other', async () => {
    const result = await replay([
      {
        identityMap: { ECID: [{ id: ecid }] },
        segmentMembership: {
          ups: { a: realized('10:00:00'), b: exited('10:00:00') },
          Uploads: { a: exited('10:00:00') },
        },
      },
    ])
    expect(result.members['audience-manager']).toEqual({
      a: [`ECID:${ecid}`],
      b: [],
      'Uploads:a': [],
    })
  })
})

describe('status and time', () => {
  test('existing, and a membership without a status, read as realized', async () => {
    expect(await membersOf([says({ ...realized('10:00:00'), status: 'existing' })])).toHaveLength(1)
    expect(await membersOf([says({ lastQualificationTime: at('10:00:00') })])).toHaveLength(1)
  })
  test.each([
    '2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00+0000',
    '2026-11-23T10:00:00.000+0000',
    '2026-11-23T10:00:00.000999Z',
    '2026-11-23T11:30:00+01:30',
    '2026-11-23T05:00:00-05:00',
  ])('%s is 10 o’clock', async (spelled) => {
    const same = says({ ...realized('10:00:00'), lastQualificationTime: spelled })
    const tie = says(exited('10:00:00'))
    const justBefore = says({ status: 'exited', lastQualificationTime: '2026-11-23T09:59:59.999Z' })
    expect(await membersOf([same, tie])).toEqual([])
    expect(await membersOf([same, justBefore])).toHaveLength(1)
  })
  test('a membership ends at its validUntil, not before', async () => {
    const line = says(realized('10:00:00', { validUntil: at('11:00:00') }))
    const untilMs = Date.parse(at('11:00:00'))
    expect(await membersOf([line], untilMs - 1)).toHaveLength(1)
    expect(await membersOf([line], untilMs)).toEqual([])
  })
  test('a renewal moves the end, in both directions', async () => {
    const short = says(realized('10:00:00', { validUntil: at('11:00:00') }))
    expect(await membersOf([short, says(realized('10:30:00'))])).toHaveLength(1)
    const renewed = realized('10:30:00', { validUntil: at('10:45:00') })
    expect(await membersOf([says(realized('10:00:00')), says(renewed)])).toEqual([])
  })
  test('realized, exited and ended memberships are counted, consent or not', async () => {
    const { memberships } = await replay([
      {
        identityMap: { ECID: [{ id: ecid }] },
        segmentMembership: {
          ups: {
            a: realized('10:00:00'),
            b: exited('10:00:00'),
            c: realized('10:00:00', { validUntil: at('11:00:00') }),
          },
        },
        consents: { share: { val: 'n' } },
      },
    ])
    expect(memberships).toEqual({ realized: 1, exited: 2, expired: 1 })
  })
})

describe('consent', () => {
  const member = realized('09:00:00')
  const withConsents = (...all: Line[]): Promise<readonly string[]> =>
    membersOf(all.map((line) => says(member, line)))

  test.each(['n', 'dn'])('%s withdraws', async (val) => {
    expect(await withConsents(consents(val))).toEqual([])
  })
  test.each(['y', 'dy'])('%s gives it back', async (val) => {
    expect(await withConsents(consents('n'), consents(val))).toHaveLength(1)
  })
  test.each(['u', 'p', '', 'N'])('“%s” leaves it as it was', async (val) => {
    expect(await withConsents(consents(val))).toHaveLength(1)
    expect(await withConsents(consents('n'), consents(val))).toEqual([])
  })
  test('dated decisions go by their dates', async () => {
    expect(await withConsents(consents('n', '10:00:00'), consents('y', '09:00:00'))).toEqual([])
    expect(await withConsents(consents('y', '10:00:00'), consents('n', '09:00:00'))).toHaveLength(1)
  })
  test('of two at the same time, the withdrawal counts', async () => {
    expect(await withConsents(consents('n', '10:00:00'), consents('y', '10:00:00'))).toEqual([])
    expect(await withConsents(consents('y', '10:00:00'), consents('n', '10:00:00'))).toEqual([])
  })
  test('undated ones go by their lines', async () => {
    expect(await withConsents(consents('n'), consents('y'))).toHaveLength(1)
    expect(await withConsents(consents('y'), consents('n'))).toEqual([])
  })
  test('an undated one counts from its arrival, so it is newer than a date in the past', async () => {
    expect(await withConsents(consents('n'), consents('y', '10:00:00'))).toEqual([])
    expect(await withConsents(consents('n', '10:00:00'), consents('y'))).toHaveLength(1)
  })
  test('what was realized meanwhile is a member when consent returns', async () => {
    const lines = [
      says(member, consents('n')),
      says(realized('10:00:00')),
      says(member, consents('y')),
    ]
    expect(await membersOf(lines)).toHaveLength(1)
    expect(await membersOf(lines.slice(0, 2))).toEqual([])
  })
})

describe('identities', () => {
  const hash = createHash('sha256').update('ana.diaz@example.com').digest('hex')
  const uuid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
  test('they accumulate under the profile key', async () => {
    expect(
      await identify(
        { ECID: [{ id: ecid }] },
        { ECID: [{ id: ecid }], email_lc_sha256: [{ id: hash }] },
        { ECID: [{ id: ecid }], GAID: [{ id: uuid }] },
      ),
    ).toEqual([`ECID:${ecid} ECID:${ecid} email_lc_sha256:${hash} GAID:${uuid}`])
  })
  test.each([
    'ecid',
    'Adobe Marketing Cloud ID',
    'adobe experience cloud id',
    'Adobe Experience Platform ID',
  ])('%s is ECID', async (alias) => {
    expect(await identify({ [alias]: [{ id: ecid }] })).toEqual([`ECID:${ecid} ECID:${ecid}`])
  })
  test('ids are brought into one form', async () => {
    expect(await identify({ gaid: [{ id: uuid.toUpperCase() }] })).toEqual([
      `GAID:${uuid} GAID:${uuid}`,
    ])
    const upper = uuid.toUpperCase()
    expect(await identify({ IDFA: [{ id: uuid }] })).toEqual([`IDFA:${upper} IDFA:${upper}`])
    const hashed = `email_lc_sha256:${hash}`
    expect(await identify({ Email_LC_SHA256: [{ id: hash.toUpperCase() }] })).toEqual([
      `${hashed} ${hashed}`,
    ])
    expect(await identify({ Email: [{ id: '  Ana.Diaz@Example.com ' }] })).toEqual([
      `${hashed} ${hashed}`,
    ])
  })
  test.each([
    ['an ECID of 37 digits', { ECID: [{ id: '1'.repeat(37) }] }],
    ['an ECID as a number', { ECID: [{ id: 1 }] }],
    ['an all-zero device', { GAID: [{ id: '00000000-0000-0000-0000-000000000000' }] }],
    ['a device id without hyphens', { IDFA: [{ id: uuid.replaceAll('-', '') }] }],
    ['a short hash', { email_lc_sha256: [{ id: hash.slice(1) }] }],
    ['an empty id', { ECID: [{ id: '' }] }],
    ['an identity that is no object', { ECID: [ecid] }],
    ['a list that is none', { ECID: ecid }],
  ])('%s is dropped; alone, it refuses the update', async (_, bad) => {
    expect(await identify({ ...bad, email: [{ id: 'Ana.Diaz@example.com' }] })).toEqual([
      `email_lc_sha256:${hash} email_lc_sha256:${hash}`,
    ])
    const { rejected } = await replay([says(realized('10:00:00'), { identityMap: bad })])
    expect(rejected).toEqual([{ line: 1, reason: 'no usable identity' }])
  })
  test('the primary one is the key, else ECID, address, IDFA, GAID in this order', async () => {
    const all = {
      GAID: [{ id: uuid }],
      IDFA: [{ id: uuid }],
      email_lc_sha256: [{ id: hash }],
      ECID: [{ id: otherEcid }, { id: ecid }],
    }
    expect(await keyOf(all)).toBe(`ECID:${ecid}`)
    expect(await keyOf({ ...all, GAID: [{ id: uuid, primary: true }] })).toBe(`GAID:${uuid}`)
    expect(await keyOf({ GAID: all.GAID, IDFA: all.IDFA })).toBe(`IDFA:${uuid.toUpperCase()}`)
    expect(await keyOf({ IDFA: all.IDFA, email_lc_sha256: all.email_lc_sha256 })).toBe(
      `email_lc_sha256:${hash}`,
    )
  })
  test('each solution gets the namespaces that it takes', async () => {
    const { members } = await replay([
      says(realized('10:00:00'), {
        identityMap: {
          ECID: [{ id: ecid, primary: true }],
          email_lc_sha256: [{ id: hash }],
          GAID: [{ id: uuid }],
          CRMID: [{ id: 'C-1' }],
        },
      }),
    ])
    expect(members['audience-manager'][segment]).toEqual([
      `ECID:${ecid}`,
      `GAID:${uuid}`,
      `email_lc_sha256:${hash}`,
    ])
    expect(members.marketo[segment]).toEqual([`ECID:${ecid}`, `email_lc_sha256:${hash}`])
  })
  test('an identity that two profiles claim is named', async () => {
    const claims = (id: string): Line =>
      says(realized('10:00:00'), {
        identityMap: { ECID: [{ id, primary: true }], GAID: [{ id: uuid }] },
      })
    expect((await replay([claims(ecid), claims(otherEcid)])).shared).toEqual([`GAID:${uuid}`])
    expect((await replay([claims(ecid), claims(ecid)])).shared).toEqual([])
  })
})

describe('lines that are refused', () => {
  const good = says(realized('10:00:00'))
  test.each<[string, string | Line]>([
    ['no JSON', '{"identityMap":'],
    ['no object', '42'],
    ['a list', '[]'],
    ['no identityMap', { segmentMembership: {} }],
    ['memberships that are no map', says({}, { segmentMembership: 'ups' })],
    ['a namespace that is no map', says({}, { segmentMembership: { ups: 5 } })],
    ['a membership that is no map', says({}, { segmentMembership: { ups: { a: null } } })],
    ['an unknown status', says({ ...realized('10:00:00'), status: 'exiting' })],
    ['no lastQualificationTime', says({ status: 'realized' })],
    [
      'a time without a zone',
      says(realized('10:00:00', { lastQualificationTime: '2026-11-23T10:00:00' })),
    ],
    [
      'a day that is none',
      says(realized('10:00:00', { lastQualificationTime: '2026-02-30T10:00:00Z' })),
    ],
    ['an hour that is none', says(realized('10:00:00', { lastQualificationTime: at('24:00:00') }))],
    ['a number for a time', says(realized('10:00:00', { lastQualificationTime: 5 }))],
    [
      'a time before 1970',
      says(realized('10:00:00', { lastQualificationTime: '1969-12-31T23:59:59Z' })),
    ],
    ['a validUntil that is no time', says(realized('10:00:00', { validUntil: 'soon' }))],
    ['consents that are no map', says(realized('10:00:00'), { consents: 'n' })],
    [
      'a time of consent that is none',
      says(realized('10:00:00'), { consents: { metadata: { time: 'now' } } }),
    ],
    ['a reserved key', JSON.stringify(good).replace('{', '{"__proto__":{},')],
    ['a reserved namespace', JSON.stringify(good).replace('"ups":{', '"__proto__":{},"ups":{')],
  ])('%s', async (_, bad) => {
    const result = await replay([good, bad, good])
    expect(result.accepted).toEqual([1, 3])
    expect(result.rejected.map(({ line }) => line)).toEqual([2])
    expect(result.memberships).toEqual({ realized: 1, exited: 0, expired: 0 })
  })
  test('a time up to a day ahead is taken, a later one is not', async () => {
    expect((await replay([ahead(86_400_000), ahead(86_400_001)])).accepted).toEqual([1])
  })
  test('one bad membership refuses its whole update', async () => {
    const line = {
      identityMap: { ECID: [{ id: ecid }] },
      segmentMembership: { ups: { [segment]: realized('10:00:00'), b: { status: 'new' } } },
      consents: { share: { val: 'n' } },
    }
    expect(await membersOf([line])).toEqual([])
    expect(await membersOf([says(realized('09:00:00')), line])).toHaveLength(1)
  })
  test('empty lines are none, and unknown fields are ignored', async () => {
    const result = await replay(['', JSON.stringify({ ...good, loyalty: { tier: 'gold' } }), '  '])
    expect(result.accepted).toEqual([2])
    expect(result.rejected).toEqual([])
  })
})
