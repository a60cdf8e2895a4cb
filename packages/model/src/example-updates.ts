import * as fc from 'fast-check'
import { namespaceOf } from './namespace.ts'
import type { ProfileUpdate } from './profile-update.ts'

/** Updates for tests: what an export may hold, in many spellings. */

export const nowMs = 1_795_435_200_000 // 2026-11-23T12:00:00Z

/** Fixed, so that a failure can be run again. */
export const seed = 20_261_123

const utc = new Intl.DateTimeFormat('en', {
  timeZone: 'UTC',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** Spells a time with a calendar that is not ours. `rest` is what follows the seconds. */
export function spell(epochMs: number, rest: string = 'Z', separator: string = 'T'): string {
  const parts = new Map(utc.formatToParts(epochMs).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes, digits: number): string =>
    (parts.get(name) ?? '').padStart(digits, '0')
  const date = `${part('year', 4)}-${part('month', 2)}-${part('day', 2)}`
  return `${date}${separator}${part('hour', 2)}:${part('minute', 2)}:${part('second', 2)}${rest}`
}

const digits = '0123456789'.split('')
const hexDigits = '0123456789abcdefABCDEF'.split('')

function textOf(characters: readonly string[], length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), minLength: length, maxLength: length })
}

export const ecid: fc.Arbitrary<string> = textOf(digits, 38)
export const sha256: fc.Arbitrary<string> = textOf(hexDigits, 64)
export const uuid: fc.Arbitrary<string> = fc.mixedCase(fc.uuid())
export const address: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('', ' ', '\t'), fc.mixedCase(fc.emailAddress()))
  .map(([blank, text]) => `${blank}${text}${blank}`)
export const otherId: fc.Arbitrary<string> = fc
  .string({ minLength: 1, maxLength: 30 })
  .map((text) => `crm-${text}`)

/** A namespace as senders write it, and an id that is valid in it. */
export const validIdentity: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(spellings('ECID', 'Adobe Experience Cloud ID'), ecid),
  fc.tuple(spellings('email_lc_sha256'), sha256),
  fc.tuple(spellings('GAID'), uuid),
  fc.tuple(spellings('IDFA'), uuid),
  fc.tuple(spellings('Email', '6'), address),
  fc.tuple(fc.constantFrom('crmId', '7', 'mobileIds', 'constructor'), otherId),
)

function spellings(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...names), fc.mixedCase(fc.constantFrom(...names)))
}

/**
 * What an identityMap holds, in any number of lists; JSON keeps one list a key, so equal keys are
 * joined.
 */
export function identityMapOf(
  identities: readonly (readonly [namespace: string, item: unknown])[],
): Record<string, unknown[]> {
  const map = new Map<string, unknown[]>()
  for (const [namespace, item] of identities)
    map.set(namespace, [...(map.get(namespace) ?? []), item])
  return Object.fromEntries(map)
}

export const identities: fc.Arbitrary<readonly (readonly [string, unknown])[]> = fc.array(
  fc
    .tuple(validIdentity, fc.constantFrom(undefined, true, false))
    .map(([[namespace, id], primary]) => [
      namespace,
      { id, ...(primary === undefined ? {} : { primary }) },
    ]),
  { minLength: 1, maxLength: 6 },
)

const past = fc.integer({ min: 0, max: nowMs })
const zone = fc.constantFrom('Z', 'z', '+00:00', '+0000', '.5Z', '.591378Z', '.000+0000', '-00:00')
const time: fc.Arbitrary<string> = fc.tuple(past, zone).map(([ms, rest]) => spell(ms, rest))

const membership: fc.Arbitrary<unknown> = fc.record(
  {
    status: fc.constantFrom('realized', 'existing', 'exited'),
    lastQualificationTime: time,
    validUntil: fc
      .tuple(fc.integer({ min: 0, max: 253_402_300_799_000 }), zone)
      .map(([ms, rest]) => spell(ms, rest)),
    version: fc.string(),
  },
  { requiredKeys: ['lastQualificationTime'] },
)

const segmentMembership: fc.Arbitrary<Record<string, Record<string, unknown>>> = fc.dictionary(
  fc.constantFrom('ups', 'AAM', 'CustomerAudienceUpload', 'aamSegments', '12'),
  fc.dictionary(fc.oneof(fc.uuid(), fc.constantFrom('17', 'a:b', 'Ärzte')), membership, {
    maxKeys: 5,
  }),
  { maxKeys: 3 },
)

const consents: fc.Arbitrary<unknown> = fc.record(
  {
    share: fc.record({ val: fc.constantFrom('y', 'dy', 'n', 'dn', 'p', 'u', 'Y', 1, null) }),
    collect: fc.constant({ val: 'y' }),
    metadata: fc.record({ time }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)

/** An update that is accepted without a warning. */
export const validUpdate: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    identityMap: identities.map(identityMapOf),
    segmentMembership,
    consents,
    person: fc.jsonValue(),
  },
  { requiredKeys: ['identityMap'] },
)

/** A valid update with something else in one place: most are wrong in one way. */
export const nearlyValidUpdate: fc.Arbitrary<unknown> = fc
  .tuple(
    validUpdate,
    fc.nat(),
    fc.oneof(fc.jsonValue(), fc.constantFrom('', 'null', 0, [], {}, null)),
  )
  .map(([update, choice, other]) => {
    const places = pathsOf(update)
    return replaced(update, places[choice % places.length] ?? [], other)
  })

function pathsOf(value: unknown): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [[]]
  const below = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item).map((path) => [key, ...path]),
  )
  return [[], ...below]
}

function replaced(value: unknown, path: readonly string[], other: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined || typeof value !== 'object' || value === null) return other
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, other) : item))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === key ? replaced(item, rest, other) : item,
    ]),
  )
}

/** Writes an update back in the format that it came in, in its plainest spelling. */
export function exported(update: ProfileUpdate): unknown {
  const memberships = new Map<string, [string, unknown][]>()
  for (const { segment, status, lastQualificationTimeMs, validUntilMs } of update.memberships) {
    const namespace = namespaceOf(segment)
    const written = {
      status,
      lastQualificationTime: spellMs(lastQualificationTimeMs),
      ...(validUntilMs === undefined ? {} : { validUntil: spellMs(validUntilMs) }),
    }
    const entry: [string, unknown] = [segment.slice(namespace.length + 1), written]
    memberships.set(namespace, [...(memberships.get(namespace) ?? []), entry])
  }
  const { profileKey, consent } = update
  return {
    identityMap: identityMapOf(
      update.identities.map((identity) => {
        const namespace = namespaceOf(identity)
        return [
          namespace,
          { id: identity.slice(namespace.length + 1), primary: identity === profileKey },
        ]
      }),
    ),
    segmentMembership: Object.fromEntries(
      [...memberships].map(([namespace, entries]) => [namespace, Object.fromEntries(entries)]),
    ),
    ...(consent === undefined
      ? {}
      : {
          consents: {
            share: { val: consent.given ? 'y' : 'n' },
            ...(consent.atMs === undefined ? {} : { metadata: { time: spellMs(consent.atMs) } }),
          },
        }),
  }
}

function spellMs(epochMs: number): string {
  return spell(epochMs, `.${String(epochMs % 1_000).padStart(3, '0')}Z`)
}

/** An update without the order of its maps, which JSON does not promise. */
export function unordered(update: ProfileUpdate): unknown {
  return {
    ...update,
    identities: update.identities.toSorted(),
    memberships: update.memberships.toSorted((a, b) => (a.segment < b.segment ? -1 : 1)),
  }
}
