import { writeIdentityMap, type IdentityMap } from './identity-map.ts'
import type { Person, SampleMembership } from './person.ts'
import type { Random } from './random.ts'
import type { SampleOptions } from './sample-options.ts'
import type { SampleSegment } from './segments.ts'
import { spellTime } from './timestamp.ts'

/** A profile update as Experience Platform's HTTP API destination sends it (`reference/platform.md` §2.1). */
export interface SampleUpdate {
  identityMap: IdentityMap
  segmentMembership: Record<string, Record<string, Record<string, unknown>>>
  consents?: Record<string, unknown>
  [attribute: string]: unknown
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** Nothing ends by itself in this time after the base time, so that a run's outcome does not hang on when it runs. */
const quietAfterBaseMs = 30 * dayMs

/** Lets something happen to a person at `atMs`, and writes the update that the sender exports for it. */
export function nextUpdate(
  person: Person,
  segments: readonly SampleSegment[],
  atMs: number,
  options: SampleOptions,
  random: Random,
): SampleUpdate {
  person.updates += 1
  // Most systems state whole seconds.
  const timeMs = random.chance(0.8) ? atMs - (atMs % 1_000) : atMs
  const stated = new Set<number>()

  const held = [...person.memberships].filter(([, { realized }]) => realized)
  const what = random.next()
  if (held.length === 0 || what < 0.5) {
    for (let count = 1 + (random.chance(0.3) ? 1 : 0); count > 0; count -= 1) {
      // Squared: the first segments of the list are the most popular ones.
      stated.add(Math.floor(random.next() ** 2 * segments.length))
    }
    for (const place of stated) person.memberships.set(place, realize(timeMs, options, random))
  } else if (what < 0.92) {
    const [place, before] = random.pick(held)
    const renews = what > 0.77
    person.memberships.set(
      place,
      renews ? realize(timeMs, options, random) : exit(before, timeMs, random),
    )
    stated.add(place)
  }
  // What did not change may ride along.
  if (held.length > 0 && random.chance(0.35)) stated.add(random.pick(held)[0])

  const update: SampleUpdate = {
    ...attributes(person, random),
    identityMap: writeIdentityMap(person, random),
    segmentMembership: {},
  }
  const decorated = random.chance(0.1)
  for (const place of stated) {
    const segment = segments[place]
    const membership = person.memberships.get(place)
    if (segment === undefined || membership === undefined) continue
    const ofNamespace = (update.segmentMembership[segment.namespace] ??= {})
    ofNamespace[segment.id] = {
      ...writeMembership(membership, membership.lastQualificationTimeMs < timeMs, random),
      ...(decorated ? decoration(segment, timeMs) : {}),
    }
  }
  const consents = nextConsents(person, timeMs, options, random)
  if (consents !== undefined) update.consents = consents
  return update
}

function realize(timeMs: number, options: SampleOptions, random: Random): SampleMembership {
  const realized = { realized: true, lastQualificationTimeMs: timeMs }
  if (random.chance(options.expiringShare)) {
    const aheadMs = 1 + random.below(Math.max(1, options.expiringMs))
    return { ...realized, validUntilMs: options.baseTimeMs + aheadMs }
  }
  const kind = random.next()
  if (kind < 0.55) return realized
  const days = random.pick([31, 60, 90, 365])
  const farMs = Math.max(timeMs + days * dayMs, options.baseTimeMs + quietAfterBaseMs)
  if (kind < 0.88) return { ...realized, validUntilMs: farMs - (farMs % 1_000) }
  const soonMs = timeMs + (1 + random.below(120)) * minuteMs
  return { ...realized, validUntilMs: soonMs < options.baseTimeMs ? soonMs : farMs }
}

function exit(before: SampleMembership, timeMs: number, random: Random): SampleMembership {
  // Some senders stamp the exit with the time of the qualification that it ends.
  const sameTime = random.chance(0.02)
  const lastQualificationTimeMs = sameTime ? before.lastQualificationTimeMs : timeMs
  const exited = { realized: false, lastQualificationTimeMs }
  return before.validUntilMs !== undefined && random.chance(0.2)
    ? { ...exited, validUntilMs: before.validUntilMs }
    : exited
}

function writeMembership(
  membership: SampleMembership,
  unchanged: boolean,
  random: Random,
): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  if (random.chance(0.2)) written['version'] = String(1 + random.below(20))
  written['lastQualificationTime'] = spellTime(membership.lastQualificationTimeMs, random)
  if (membership.validUntilMs !== undefined) {
    written['validUntil'] = spellTime(membership.validUntilMs, random)
  }
  // The status that was retired in 2023: a member who already was one.
  const realized = unchanged && random.chance(0.4) ? 'existing' : 'realized'
  written['status'] = membership.realized ? realized : 'exited'
  if (random.chance(0.05)) {
    written['payload'] = { payloadType: 'propensity', payloadPropensityValue: 0.25 }
  }
  return written
}

/** "Include segment names" and "Include segment timestamps" of the sender: epoch milliseconds. */
function decoration(segment: SampleSegment, timeMs: number): Record<string, unknown> {
  const createdAt = timeMs - 200 * dayMs
  return { name: segment.name, createdAt, updatedAt: createdAt, mappingCreatedAt: timeMs - dayMs }
}

function attributes(person: Person, random: Random): Record<string, unknown> {
  const all: Record<string, unknown> = {}
  if (random.chance(0.3)) all['person'] = { birthDate: '1990-01-01', name: person.name }
  if (random.chance(0.1)) all['personalEmail'] = { address: person.address }
  if (random.chance(0.05)) all['loyalty'] = { tier: 'gold', points: random.below(5_000) }
  return all
}

function nextConsents(
  person: Person,
  timeMs: number,
  options: SampleOptions,
  random: Random,
): Record<string, unknown> | undefined {
  // Who withdrew is quicker to decide again: otherwise, in the end, most would be out.
  const rate = options.consentShare * (person.consentGiven ? 1 : 10)
  const changes = random.chance(rate)
  if (!changes && !random.chance(options.consentShare * 2)) return undefined

  if (changes) person.consentGiven = !person.consentGiven
  // Each decision is later than the last, so that it is plain which one counts.
  if (changes || person.consentTimeMs === 0) {
    person.consentTimeMs = Math.max(timeMs, person.consentTimeMs + 1_000)
  }
  const unknown = !changes && random.chance(0.3)
  const given = person.consentGiven ? random.pick(['y', 'y', 'dy']) : random.pick(['n', 'n', 'dn'])
  const consents: Record<string, unknown> = { share: { val: unknown ? 'u' : given } }
  if (random.chance(0.3)) consents['collect'] = { val: 'y' }
  if (person.datesConsent) {
    consents['metadata'] = { time: spellTime(person.consentTimeMs, random) }
  }
  return consents
}
