import { createHash } from 'node:crypto'
import type { Random } from './random.ts'
import { uuidFrom } from './segments.ts'

/** How the sender writes one of a person's identities. */
export type SampleNamespace = 'ECID' | 'email_lc_sha256' | 'Email' | 'GAID' | 'IDFA' | 'CRMID'

interface SampleIdentity {
  readonly namespace: SampleNamespace
  readonly id: string
  /** The sender knows it from the person's update of this number on. */
  readonly fromUpdate: number
}

/** A membership as the sender last stated it. */
export interface SampleMembership {
  readonly realized: boolean
  readonly lastQualificationTimeMs: number
  readonly validUntilMs?: number
}

/** One person behind a profile, with what the sender has said of them so far. */
export interface Person {
  readonly name: { readonly firstName: string; readonly lastName: string }
  readonly address: string
  /** The first one keys the profile: it is in every update, and stays the key whatever appears later. */
  readonly identities: readonly [SampleIdentity, ...SampleIdentity[]]
  /** Whether the first identity is marked `primary`; else it is the key by the rule of design §3. */
  readonly marksPrimary: boolean
  /** Whether the sender states when consent was given. One person never mixes both, so that the order is plain. */
  readonly datesConsent: boolean
  /** By place in the list of segments. */
  readonly memberships: Map<number, SampleMembership>
  consentGiven: boolean
  consentTimeMs: number
  updates: number
}

const firstNames = ['Ana', 'Ben', 'Chiara', 'Daan', 'Elif', 'Femi', 'Grace', 'Hugo', 'Ines', 'Jun']
const lastNames = ['Diaz', 'Okafor', 'Meyer', 'Rossi', 'Novak', 'Silva', 'Tanaka', 'Jensen', 'Roy']
const mailDomains = ['example.com', 'example.net', 'mail.example.org']

/** @returns person number `index`; no identity is shared by two persons of one seed */
export function newPerson(seed: number, index: number, random: Random): Person {
  const firstName = random.pick(firstNames)
  const lastName = random.pick(lastNames)
  const address = `${firstName}.${lastName}.${index}@${random.pick(mailDomains)}`.toLowerCase()
  const source = `${seed}/person/${index}`
  const kind = random.next()

  const ecid = { namespace: 'ECID', id: ecidFrom(`${source}/ecid`) } as const
  const mail = { namespace: 'email_lc_sha256', id: sha256(address) } as const
  const gaid = { namespace: 'GAID', id: uuidFrom(`${source}/gaid`) } as const
  const idfa = { namespace: 'IDFA', id: uuidFrom(`${source}/idfa`).toUpperCase() } as const
  const later = (): number => (random.chance(0.6) ? 1 : 2 + random.below(4))

  let first: SampleIdentity
  let marksPrimary: boolean
  const rest: SampleIdentity[] = []
  if (kind < 0.04) {
    first = { ...gaid, fromUpdate: 1 }
    marksPrimary = false
  } else if (kind < 0.06) {
    first = { ...idfa, fromUpdate: 1 }
    marksPrimary = false
  } else if (kind < 0.1) {
    // Known by address first; the browser comes later, and must not become the key.
    first = { ...mail, fromUpdate: 1 }
    if (random.chance(0.6)) rest.push({ ...ecid, fromUpdate: 2 + random.below(3) })
    marksPrimary = true
  } else {
    first = { ...ecid, fromUpdate: 1 }
    marksPrimary = random.chance(0.7)
    if (random.chance(0.75)) {
      const asRaw = { namespace: 'Email', id: address } as const
      rest.push({ ...(random.chance(0.12) ? asRaw : mail), fromUpdate: later() })
    }
    if (random.chance(0.15)) rest.push({ ...gaid, fromUpdate: later() })
    else if (random.chance(0.12)) rest.push({ ...idfa, fromUpdate: later() })
    if (marksPrimary && random.chance(0.06)) {
      const secondDevice = { namespace: 'ECID', id: ecidFrom(`${source}/ecid 2`) } as const
      rest.push({ ...secondDevice, fromUpdate: 2 + random.below(3) })
    }
    if (random.chance(0.2)) {
      rest.push({ namespace: 'CRMID', id: `C-${100_000 + index}`, fromUpdate: later() })
    }
  }
  return {
    name: { firstName, lastName },
    address,
    identities: [first, ...rest],
    marksPrimary,
    datesConsent: random.chance(0.8),
    memberships: new Map(),
    consentGiven: true,
    consentTimeMs: 0,
    updates: 0,
  }
}

/** 38 digits, as ECIDs have. */
function ecidFrom(text: string): string {
  const number = BigInt(`0x${sha256(text).slice(0, 40)}`) % 10n ** 38n
  return number.toString().padStart(38, '0')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
