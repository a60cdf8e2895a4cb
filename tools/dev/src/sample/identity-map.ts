import type { Person, SampleNamespace } from './person.ts'
import type { Random } from './random.ts'

interface IdentityItem {
  id: unknown
  primary?: boolean
  authenticatedState?: string
}

/** An `identityMap` as it is exported: namespace to a list of identities. */
export type IdentityMap = Record<string, IdentityItem[]>

/** Senders spell namespaces in several ways; the first is by far the most usual. */
const spellings: Readonly<Record<SampleNamespace, readonly string[]>> = {
  ECID: [
    'ECID',
    'ecid',
    'Adobe Marketing Cloud ID',
    'Adobe Experience Cloud ID',
    'Adobe Experience Platform ID',
  ],
  email_lc_sha256: ['email_lc_sha256', 'Email_LC_SHA256'],
  Email: ['Email', 'email'],
  GAID: ['GAID', 'gaid'],
  IDFA: ['IDFA', 'idfa'],
  CRMID: ['CRMID'],
}

/** Writes what the sender knows of a person at this update: all identities mostly, the key alone sometimes. */
export function writeIdentityMap(person: Person, random: Random): IdentityMap {
  const map: IdentityMap = {}
  const keyAlone = random.chance(0.1)
  for (const [place, identity] of person.identities.entries()) {
    if (place > 0 && (keyAlone || identity.fromUpdate > person.updates)) continue
    const usual = spellings[identity.namespace]
    const spelling = random.chance(0.9) ? (usual[0] ?? identity.namespace) : random.pick(usual)
    const item: IdentityItem = { id: spellId(identity.namespace, identity.id, random) }
    if (place === 0 && person.marksPrimary) item.primary = true
    if (random.chance(0.3)) {
      item.authenticatedState = random.pick(['ambiguous', 'authenticated', 'loggedOut'])
      if (item.primary === undefined && random.chance(0.5)) item.primary = false
    }
    ;(map[spelling] ??= []).push(item)
  }
  if (random.chance(0.01)) addUnusable(map, random)
  return map
}

/** The same identity, as some senders write it. */
function spellId(namespace: SampleNamespace, id: string, random: Random): string {
  switch (namespace) {
    case 'Email':
      if (random.chance(0.3)) return ` ${id.toUpperCase()}  `
      return random.chance(0.5) ? `${id.charAt(0).toUpperCase()}${id.slice(1)}` : id
    case 'email_lc_sha256':
    case 'IDFA':
    case 'GAID':
      // Hexadecimal digits in the other case.
      if (random.chance(0.97)) return id
      return id === id.toLowerCase() ? id.toUpperCase() : id.toLowerCase()
    case 'ECID':
    case 'CRMID':
      return id
  }
}

/** Adds an identity that is not valid: it is to be dropped, and the rest of the update to be taken. */
function addUnusable(map: IdentityMap, random: Random): void {
  const [namespace, id] = random.pick(unusableIdentities)
  ;(map[namespace] ??= []).push({ id })
}

/** Of each namespace what real senders get wrong. */
export const unusableIdentities: readonly (readonly [namespace: string, id: unknown])[] = [
  ['ECID', '1234567890123456789012345678901234567'],
  ['ECID', '12345678901234567890123456789012345678 '],
  ['ECID', 8.323881906623561e37],
  ['ECID', ''],
  ['GAID', '00000000-0000-0000-0000-000000000000'],
  ['GAID', 'e4fe9bdecaa047b6908dffba3fa184f2'],
  ['IDFA', '00000000-0000-0000-0000-000000000000'],
  ['IDFA', 'not available'],
  ['email_lc_sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85'],
  ['email_lc_sha256', 'g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['email_lc_sha256', null],
]
