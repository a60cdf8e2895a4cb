import { identityIn } from './identity.ts'
import { findNamespace, namespaceIn } from './namespace.ts'
import type { Namespace } from './namespace.ts'
import type { Identity, ProfileKey } from './profile-update.ts'
import { hasReservedKey, isOpenMap, isRecord, reservedKey } from './record.ts'
import { rejected, reservedKeyIn } from './rejected.ts'
import type { Rejected } from './rejected.ts'
import { Warnings } from './warnings.ts'
import type { Warning } from './warnings.ts'

/**
 * More identities than this are more likely several people than one (`reference/platform.md` §7).
 */
export const maxIdentities = 50

export interface Identities {
  readonly ok: true
  readonly profileKey: ProfileKey
  /** Distinct, at most `maxIdentities`, the profile key among them. */
  readonly identities: readonly Identity[]
  readonly warnings: readonly Warning[]
}

/**
 * Reads `identityMap`. An identity that is not valid is dropped with a warning; without a usable
 * one the update is rejected.
 *
 * The profile key is the identity marked `primary`; of several, or of all where none is marked, the
 * first by namespace (`solutionNamespaces`, then alphabetical) and then by id. So the order of the
 * map and its lists never matters.
 */
export function readIdentityMap(value: unknown): Identities | Rejected {
  if (!isOpenMap(value)) {
    return rejected(
      'IDENTITY_MAP_INVALID',
      'identityMap must be an object: namespace to a list of identities',
    )
  }
  const warnings = new Warnings()
  const identities: Identity[] = []
  let key: Candidate | undefined
  let ordinal = 0
  for (const name in value) {
    ordinal += 1
    if (name === reservedKey) return reservedKeyIn('identityMap')
    const namespace = findNamespace(name)
    if (namespace === undefined) {
      warnings.add('IDENTITY_NAMESPACE_INVALID', place(ordinal))
      continue
    }
    const items: unknown = value[name]
    if (!Array.isArray(items)) {
      warnings.add('IDENTITY_MALFORMED', `${place(ordinal, namespace)} must be a list`)
      continue
    }
    for (let index = 0; index < items.length; index++) {
      const item: unknown = items[index]
      if (!isRecord(item)) {
        warnings.add('IDENTITY_MALFORMED', `${place(ordinal, namespace, index)} must be an object`)
        continue
      }
      if (hasReservedKey(item)) return reservedKeyIn('an identity of identityMap')
      if (typeof item['id'] !== 'string') {
        warnings.add(
          'IDENTITY_MALFORMED',
          `id of ${place(ordinal, namespace, index)} must be a string`,
        )
        continue
      }
      const parsed = identityIn(namespace, item['id'])
      if (!parsed.ok) {
        warnings.add(parsed.code, place(ordinal, namespace, index))
        continue
      }
      const { primary } = item
      if (primary !== undefined && typeof primary !== 'boolean') {
        warnings.add(
          'PRIMARY_INVALID',
          `primary of ${place(ordinal, namespace, index)} must be a boolean`,
        )
      }
      const candidate = { namespace, identity: parsed.identity, primary: primary === true }
      identities.push(candidate.identity)
      if (key === undefined || goesBefore(candidate, key)) key = candidate
    }
  }
  if (key === undefined) return rejected('NO_USABLE_IDENTITY', nothingUsable(warnings.all()))
  const kept = atMost(distinct(identities), key.identity, warnings)
  return { ok: true, profileKey: key.identity, identities: kept, warnings: warnings.all() }
}

interface Candidate {
  readonly namespace: Namespace
  readonly identity: Identity
  readonly primary: boolean
}

/** Whether `a` is the profile key rather than `b`. */
function goesBefore(a: Candidate, b: Candidate): boolean {
  if (a.primary !== b.primary) return a.primary
  return compare(a.namespace, a.identity, b.namespace, b.identity) < 0
}

/** Orders by priority of the namespace, its name, and the id. */
function compare(a: Namespace, identityA: Identity, b: Namespace, identityB: Identity): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  if (identityA === identityB) return 0
  return identityA < identityB ? -1 : 1
}

function distinct(identities: Identity[]): Identity[] {
  // Nearly all profiles have a handful, where looking along the list is cheaper than hashing.
  if (identities.length > 8) return [...new Set(identities)]
  return identities.filter((identity, index) => identities.indexOf(identity) === index)
}

/** The first identities up to the limit, the profile key always among them. */
function atMost(identities: Identity[], key: Identity, warnings: Warnings): Identity[] {
  if (identities.length <= maxIdentities) return identities
  warnings.add('IDENTITY_LIMIT', `${maxIdentities} of ${identities.length} identities were kept`)
  const rest = identities.filter((identity) => identity !== key)
  const ordered = rest
    .map((identity) => ({ identity, namespace: namespaceIn(identity) }))
    .toSorted((a, b) => compare(a.namespace, a.identity, b.namespace, b.identity))
    .slice(0, maxIdentities - 1)
  return [key, ...ordered.map(({ identity }) => identity)]
}

/**
 * Says where in the map something is. A namespace of the sender's own is counted, not named: maps
 * do get turned round.
 */
function place(ordinal: number, namespace?: Namespace, index?: number): string {
  const named = namespace !== undefined && namespace.kind !== 'other'
  const where = named ? `identityMap ${namespace.kind}` : `identityMap namespace ${ordinal}`
  return index === undefined ? where : `${where}, identity ${index + 1}`
}

function nothingUsable(warnings: readonly Warning[]): string {
  if (warnings.length === 0) return 'identityMap holds no identity'
  const codes = new Set(warnings.map(({ code }) => code))
  return `no identity of identityMap is usable: ${[...codes].join(', ')}`
}
