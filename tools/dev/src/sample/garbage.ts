import { unusableIdentities, type IdentityMap } from './identity-map.ts'
import { sha256, type Person } from './person.ts'
import type { Random } from './random.ts'
import type { SampleSegment } from './segments.ts'

/**
 * Writes one broken line. It would do harm if any part of it were taken: it speaks of a real profile, adds an identity
 * that nobody has, turns its memberships round with the newest time of all, and withdraws consent.
 */
export function garbageLine(
  person: Person,
  segments: readonly SampleSegment[],
  atMs: number,
  random: Random,
): string {
  const breaks = random.pick(breakages)
  return breaks(poisonedUpdate(person, segments, atMs, random), random)
}

interface Poison {
  identityMap: IdentityMap
  segmentMembership: Record<string, Record<string, Record<string, unknown>>>
  consents: Record<string, unknown>
}

function poisonedUpdate(
  person: Person,
  segments: readonly SampleSegment[],
  atMs: number,
  random: Random,
): Poison {
  const [key] = person.identities
  const newest = new Date(atMs + 3_600_000).toISOString()
  const segmentMembership: Poison['segmentMembership'] = {}
  for (const [place, { namespace, id }] of segments.entries()) {
    const status = person.memberships.get(place)?.realized === true ? 'exited' : 'realized'
    const ofNamespace = (segmentMembership[namespace] ??= {})
    ofNamespace[id] = { lastQualificationTime: newest, status }
  }
  const identityMap: IdentityMap = { [key.namespace]: [{ id: key.id, primary: true }] }
  ;(identityMap['email_lc_sha256'] ??= []).push({ id: sha256(`nobody/${random.next()}`) })
  return {
    identityMap,
    segmentMembership,
    consents: { share: { val: 'n' }, metadata: { time: newest } },
  }
}

type Breakage = (update: Poison, random: Random) => string

/** Breaks one membership of several: one bad membership rejects its whole update. */
function withMembership(
  change: (membership: Record<string, unknown>, random: Random) => unknown,
): Breakage {
  return (update, random) => {
    const namespace = random.pick(Object.keys(update.segmentMembership))
    const memberships = update.segmentMembership[namespace] ?? {}
    const id = random.pick(Object.keys(memberships))
    const broken = { ...memberships, [id]: change({ ...memberships[id] }, random) }
    const segmentMembership = { ...update.segmentMembership, [namespace]: broken }
    return JSON.stringify({ ...update, segmentMembership })
  }
}

function withFields(fields: (random: Random) => Readonly<Record<string, unknown>>): Breakage {
  return (update, random) => JSON.stringify({ ...update, ...fields(random) })
}

const times = [
  '9999-12-31T23:59:59Z',
  '2126-01-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-11-23T25:00:00Z',
  '2026-11-23T10:00:00',
  '2026-11-23',
  'yesterday',
  '',
  1_795_428_000_000,
  true,
  ['2026-11-23T10:00:00Z'],
]
const untilTimes = ['soon', '2026-11-23T10:00:00', '2026-00-10T00:00:00Z', 1_795_428_000_000, false]
const statuses = ['exiting', 'REALIZED', 'active', 'realized ', '', 1, ['realized']]
const reserved = { polluted: { status: 'realized', lastQualificationTime: '2026-11-23T10:00:00Z' } }

const breakages: readonly Breakage[] = [
  // Not JSON.
  (update, random) => {
    const text = JSON.stringify(update)
    return text.slice(0, 1 + random.below(text.length - 1))
  },
  (update) => JSON.stringify(update).replaceAll('"', "'"),
  (update) => JSON.stringify(update).replace('}]', '},]'),
  (update) => JSON.stringify(update).replace('"primary":true', '"primary":yes'),
  (update) => `${JSON.stringify(update)}}`,
  (update) => `"profile": ${JSON.stringify(update)}`,
  () => '<html><head><title>502 Bad Gateway</title></head></html>',
  () => 'status=realized&segment=all',
  // JSON, and no update.
  (_, random) => random.pick(['42', 'null', 'true', '"realized"', '{}', '{"events":[]}']),
  () => `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
  // No identity to go by.
  (update) => JSON.stringify({ ...update, identityMap: undefined }),
  withFields((random) => ({ identityMap: random.pick([null, 7, 'ECID', {}, { ECID: [] }]) })),
  withFields((random) => {
    const [namespace, id] = random.pick(unusableIdentities)
    return { identityMap: { [namespace]: [{ id }] } }
  }),
  withFields((random) => ({
    identityMap: {
      ECID: random.pick<unknown>([[{}], [null], ['1'.repeat(38)], '1'.repeat(38), 5]),
    },
  })),
  // Memberships of the wrong shape.
  withFields((random) => ({ segmentMembership: random.pick<unknown>(['ups', 5, true]) })),
  withFields((random) => ({ segmentMembership: { ups: random.pick<unknown>(['all', 5, false]) } })),
  withMembership((_, random) => random.pick<unknown>(['realized', 5, null, true])),
  withMembership((membership, random) => ({ ...membership, status: random.pick(statuses) })),
  withMembership((membership, random) => ({
    ...membership,
    lastQualificationTime: random.pick(times),
  })),
  withMembership(({ status }) => ({ status })),
  withMembership((membership, random) => ({ ...membership, validUntil: random.pick(untilTimes) })),
  // Consents that cannot be read: whether it is a withdrawal is not to be guessed.
  withFields((random) => ({ consents: random.pick<unknown>(['n', 7, ['n']]) })),
  withFields((random) => ({
    consents: { share: { val: 'n' }, metadata: { time: random.pick(times) } },
  })),
  // Keys that change a prototype where they are copied carelessly. As text: an object literal would do just that.
  (update) => JSON.stringify(update).replace('{', `{"__proto__":${JSON.stringify(reserved)},`),
  (update) =>
    JSON.stringify(update).replace(
      '"identityMap":{',
      `"identityMap":{"__proto__":[{"id":"${'1'.repeat(38)}"}],`,
    ),
  (update) =>
    JSON.stringify(update).replace(
      '"segmentMembership":{',
      `"segmentMembership":{"__proto__":${JSON.stringify(reserved)},`,
    ),
]
