import type { RawUpdate } from '../check/naive-profile.ts'
import type { Chance } from '../time/chance.ts'
import type { Plan } from './plan.ts'
import { segmentIds } from './segments.ts'

/** Somebody of whom updates tell. */
export interface Person {
  readonly profileKey: string
  readonly ecid: string
  readonly hashes: readonly string[]
}

/** Nobody has an identity of somebody else. */
export function drawPeople(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const number = `${index + 1}`
    const ecid = number.padStart(38, '0')
    const hash = (kind: string): string => number.padStart(64, kind)
    return { profileKey: `ECID:${ecid}`, ecid, hashes: [hash('a'), hash('b')] }
  })
}

/** The number of the person who has this identity. */
export function numberOf(identity: string): number {
  return Number(/[0-9]{1,2}$/.exec(identity)?.[0] ?? 0)
}

/** What is told of a person next. */
export interface Source {
  readonly next: (nowMs: number) => { readonly person: Person; readonly raw: RawUpdate }
}

/** Updates, each of them true when it is made. Whether they come late or twice is not its business. */
export function createSource(chance: Chance, plan: Plan, people: readonly Person[]): Source {
  const members = new Set<string>()
  const known = new Map<Person, number>()
  let lastPair: string | undefined

  const membershipOf = (person: Person, id: string, nowMs: number) => {
    const pair = `${person.ecid} ${id}`
    lastPair = pair
    const exits = members.has(pair)
    if (exits) members.delete(pair)
    else members.add(pair)
    // Now and then something older becomes known, or two things of the same time.
    const qualifiedMs = chance.happens(0.1)
      ? nowMs - chance.whole(0, 5) * 1_000
      : chance.happens(0.1)
        ? Math.floor(nowMs / 1_000) * 1_000
        : Math.floor(nowMs)
    const ends = plan.does.expiry && !exits && chance.happens(0.35)
    const validUntil = iso(nowMs + chance.whole(-1_000, 60_000))
    return {
      status: exits ? ('exited' as const) : chance.pick(['realized', 'existing'] as const),
      lastQualificationTime: iso(qualifiedMs),
      ...(ends ? { validUntil } : {}),
    }
  }
  return {
    next: (nowMs) => {
      const again = plan.does.flapping && lastPair !== undefined && chance.happens(0.5)
      const person =
        (again ? people.find(({ ecid }) => lastPair?.startsWith(ecid)) : undefined) ??
        chance.pick(people)
      const ids = again
        ? [lastPair?.split(' ')[1] ?? 'a']
        : segmentIds.filter(() => chance.happens(0.3))
      const told = ids.length === 0 ? [chance.pick(segmentIds)] : ids
      if (plan.does.identities && chance.happens(0.15)) {
        known.set(person, Math.min(person.hashes.length, (known.get(person) ?? 1) + 1))
      }
      const hashes = person.hashes.slice(0, known.get(person) ?? 1)
      const decides = plan.does.consent && chance.happens(0.12)
      const raw: RawUpdate = {
        identityMap: {
          ECID: [{ id: person.ecid, primary: true }],
          email_lc_sha256: hashes.map((id) => ({ id })),
        },
        segmentMembership: {
          ups: Object.fromEntries(told.map((id) => [id, membershipOf(person, id, nowMs)])),
        },
        ...(decides
          ? {
              consents: {
                share: { val: chance.pick(['y', 'n'] as const) },
                ...(chance.happens(0.7)
                  ? { metadata: { time: iso(nowMs - chance.whole(0, 3_000)) } }
                  : {}),
              },
            }
          : {}),
      }
      return { person, raw }
    },
  }
}

function iso(ms: number): string {
  return new Date(Math.floor(ms)).toISOString()
}
