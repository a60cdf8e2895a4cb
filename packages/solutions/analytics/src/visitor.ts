import { createHash } from 'node:crypto'
import type { Identity } from '@segue/model'
import type { AnalyticsSettings } from './settings.ts'

/** An identity as Analytics knows it: the column that it stands in, and the id. */
export interface Visitor {
  readonly as: 'marketingCloudVisitorID' | 'visitorID' | 'customerID'
  readonly id: string
}

/** The settings that say how identities are sent. */
export type VisitorSettings = Pick<AnalyticsSettings, 'visitorIdNamespaces' | 'seedNamespace'>

/** The namespaces that these settings take: ECID, and what was added (`reference/solutions.md` §2.2). */
export function namespacesOf(settings: VisitorSettings): readonly string[] {
  const seed = settings.seedNamespace === '' ? [] : [settings.seedNamespace]
  return ['ECID', ...settings.visitorIdNamespaces, ...seed]
}

/**
 * The visitor of an identity: `not-taken` where its namespace is not sent, `malformed` where the id is none. An ECID has 38 digits (§0.3);
 * `visitorID` has at most 100 bytes, and an all-zero device id is nobody's (general knowledge, not in the reference).
 */
export function visitorOf(
  identity: Identity,
  settings: VisitorSettings,
): Visitor | 'not-taken' | 'malformed' {
  const colon = identity.indexOf(':')
  const namespace = identity.slice(0, colon)
  const id = identity.slice(colon + 1)
  if (namespace === 'ECID') {
    return /^\d{38}$/.test(id) ? { as: 'marketingCloudVisitorID', id } : 'malformed'
  }
  const seeded = namespace !== '' && namespace === settings.seedNamespace
  if (!seeded && !settings.visitorIdNamespaces.includes(namespace)) return 'not-taken'
  // No blanks at the ends, no control characters: both would make another visitor of it, or no row at all.
  const readable = id !== '' && id === id.trim() && !/\p{Cc}/u.test(id) && !/^[0-]+$/.test(id)
  const maxBytes = seeded ? 255 : 100
  if (!readable || Buffer.byteLength(id) > maxBytes) return 'malformed'
  return { as: seeded ? 'customerID' : 'visitorID', id }
}

/** Names the visitor among all. */
export function visitorKey({ as, id }: Visitor): string {
  return `${as}:${id}`
}

/**
 * The number of the visitor's group, from 1: a hash of the visitor alone, so that groups are disjoint by visitor in every process and at any
 * time, for as long as the count stays (`reference/solutions.md` §2.2).
 */
export function groupOf(visitor: Visitor, groups: number): number {
  if (groups === 1) return 1
  return (createHash('sha256').update(visitorKey(visitor)).digest().readUInt32BE(0) % groups) + 1
}

/** The group's name with the company in front, as Adobe asks. */
export function groupName(
  settings: Pick<AnalyticsSettings, 'companyId' | 'visitorGroupPrefix'>,
  group: number,
): string {
  return `${settings.visitorGroupPrefix ?? `${settings.companyId}_segments`}_${group}`
}
