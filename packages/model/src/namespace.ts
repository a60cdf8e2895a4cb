import type { Identity } from './profile-update.ts'
import { reservedKey } from './record.ts'
import { isSafeText } from './text.ts'

/**
 * The namespaces that solutions take, in the order in which they become the profile key (design
 * §3).
 */
export const solutionNamespaces = ['ECID', 'email_lc_sha256', 'IDFA', 'GAID'] as const

/**
 * How the ids of a namespace are read. `Email` is the raw address, which becomes an
 * `email_lc_sha256`.
 */
type NamespaceKind = (typeof solutionNamespaces)[number] | 'Email' | 'other'

export interface Namespace {
  readonly kind: NamespaceKind
  /** Canonical: one of `solutionNamespaces` as spelled there, else lower case. */
  readonly name: string
  /** Place in `solutionNamespaces`; all others come after them. */
  readonly rank: number
}

/**
 * Finds the namespace that a code or alias stands for. Codes match whatever their case and
 * surrounding blanks (`reference/platform.md` §1.4, §7; the aliases of ECID are the seed's).
 * Answers `undefined` where it cannot be one: empty, longer than 64 characters, with a colon (which
 * ends the namespace of an identity) or with unsafe characters.
 */
export function findNamespace(asGiven: string): Namespace | undefined {
  const usual = known.get(asGiven)
  if (usual !== undefined) return usual
  const name = asGiven.trim().toLowerCase()
  return known.get(name) ?? (isNamespaceName(name) ? other(name) : undefined)
}

/** The namespace of an identity. Throws where the text is no identity: that is a mistake of ours. */
export function namespaceOf(identity: Identity): string {
  const end = identity.indexOf(':')
  if (end === -1) throw new TypeError('an identity is written namespace:id')
  return identity.slice(0, end)
}

/** The namespace of an identity, with its rank. */
export function namespaceIn(identity: Identity): Namespace {
  const name = namespaceOf(identity)
  return known.get(name) ?? other(name)
}

const maxNamespaceLength = 64

function isNamespaceName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= maxNamespaceLength &&
    !name.includes(':') &&
    name !== reservedKey &&
    isSafeText(name)
  )
}

function other(name: string): Namespace {
  return { kind: 'other', name, rank: solutionNamespaces.length }
}

function solution(kind: (typeof solutionNamespaces)[number]): Namespace {
  return { kind, name: kind, rank: solutionNamespaces.indexOf(kind) }
}

const ecid = solution('ECID')
const emailHash = solution('email_lc_sha256')
const idfa = solution('IDFA')
const gaid = solution('GAID')
const email: Namespace = { ...emailHash, kind: 'Email' }

/**
 * By lower-case name; the usual spellings stand beside it so that they are found without a copy.
 */
const known: ReadonlyMap<string, Namespace> = new Map([
  ['ECID', ecid],
  ['ecid', ecid],
  ['adobe marketing cloud id', ecid],
  ['adobe experience cloud id', ecid],
  ['adobe experience platform id', ecid],
  ['email_lc_sha256', emailHash],
  ['IDFA', idfa],
  ['idfa', idfa],
  ['GAID', gaid],
  ['gaid', gaid],
  ['Email', email],
  ['email', email],
  // An identityMap may be keyed by the namespace's number; 6 is Email everywhere, and must not be
  // stored raw either.
  ['6', email],
])
