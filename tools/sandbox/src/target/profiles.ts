import {
  type Attribute,
  createAttributes,
  type Entries,
  type KeptAttributes,
  keptOf,
  sizeOf,
} from './attributes.ts'
import { ownText } from './own-text.ts'

/** The three ids of a visitor. `pcId` in a batch and `mboxPC` in an update are the `tntId`. */
export type IdKind = 'tntId' | 'thirdPartyId' | 'marketingCloudVisitorId'
export type VisitorIds = Readonly<Partial<Record<IdKind, string>>>

export interface VisitorId {
  readonly kind: IdKind
  readonly id: string
}

/** One visitor as Target holds it. */
export interface Profile {
  /** One third-party id at most; of browsers as many as came with it. */
  readonly ids: VisitorId[]
  modifiedMs: number
  readonly attributes: Map<string, Attribute>
  /**
   * What the last v2 batch set and no visit has taken over since. It lies over `attributes`, and the next v2 batch puts
   * its own in this place: so "the second overrides what the first set" (reference §5.2).
   */
  batch: Map<string, Attribute> | undefined
  /** At least the size of all attributes; exact only after it was counted. */
  bytes: number
}

export type Updated = 'updated' | 'notFound' | 'tooLarge'

/** All profiles of a client. */
export interface Profiles {
  readonly byId: (kind: IdKind, id: string) => Profile | undefined
  readonly all: () => Iterable<Profile>
  readonly size: () => number
  /**
   * A visit: finds or makes the profile of these ids, joins them, takes over what a batch set, and sets the attributes.
   * @returns undefined where the profile would be too large; then the visit counts and nothing is set
   */
  readonly visit: (ids: VisitorIds, entries: Entries, nowMs: number) => Profile | undefined
  /** Sets attributes of a profile that is there. */
  readonly update: (kind: IdKind, id: string, entries: Entries, nowMs: number) => Updated
  /** A row of a v2 batch: makes the profile where there is none. */
  readonly overlay: (kind: IdKind, id: string, entries: Entries, nowMs: number) => Updated
  readonly snapshot: () => readonly KeptProfile[]
  readonly restore: (kept: readonly KeptProfile[]) => void
}

/** A profile as a state file has it. */
export interface KeptProfile {
  readonly ids: readonly VisitorId[]
  readonly modifiedMs: number
  readonly attributes: KeptAttributes
  readonly batch?: KeptAttributes
}

/** @param limitBytes external profile data that a profile may hold; 0 is no limit */
export function createProfiles(limitBytes: number): Profiles {
  const everyone = new Set<Profile>()
  const index: Readonly<Record<IdKind, Map<string, Profile>>> = {
    tntId: new Map(),
    thirdPartyId: new Map(),
    marketingCloudVisitorId: new Map(),
  }
  let visitors = 0
  const attributeOf = createAttributes()

  const create = (nowMs: number): Profile => {
    const profile: Profile = {
      ids: [],
      modifiedMs: nowMs,
      attributes: new Map(),
      batch: undefined,
      bytes: 0,
    }
    everyone.add(profile)
    return profile
  }

  /** Gives an id to a profile; who had it before has it no more. */
  const attach = (profile: Profile, { kind, id }: VisitorId): void => {
    const before = index[kind].get(id)
    if (before === profile) return
    if (before !== undefined) {
      const place = before.ids.findIndex((own) => own.kind === kind && own.id === id)
      before.ids.splice(place, 1)
    }
    profile.ids.push({ kind, id })
    index[kind].set(id, profile)
  }

  /** One visitor had two profiles: the kept one's attributes hold, the other's fill its gaps [I]. */
  const join = (kept: Profile, other: Profile): void => {
    settle(kept)
    settle(other)
    for (const [name, attribute] of other.attributes) {
      if (!kept.attributes.has(name)) kept.attributes.set(name, attribute)
    }
    kept.bytes += other.bytes
    for (const id of Array.from(other.ids)) attach(kept, id)
    everyone.delete(other)
  }

  /**
   * The profile that these ids mean from now on. The third-party id is stronger than those of the browser: where a
   * browser's profile belongs to somebody else, its id changes hands and the attributes stay [I].
   */
  const resolve = (given: VisitorIds, nowMs: number): Profile => {
    const { thirdPartyId } = given
    let found = thirdPartyId === undefined ? undefined : index.thirdPartyId.get(thirdPartyId)
    for (const kind of browserIds) {
      const id = given[kind]
      const other = id === undefined ? undefined : index[kind].get(id)
      if (other === undefined || other === found) continue
      const owner = idOf(other, 'thirdPartyId')
      if (found !== undefined) {
        if (owner === undefined) join(found, other)
      } else if (owner === undefined || thirdPartyId === undefined) found = other
    }
    found ??= create(nowMs)
    for (const kind of idKinds) {
      const id = given[kind]
      if (id !== undefined) attach(found, { kind, id })
    }
    if (idOf(found, 'tntId') === undefined) attach(found, { kind: 'tntId', id: newTntId(nowMs) })
    return found
  }

  const newTntId = (nowMs: number): string => {
    let id: string
    do {
      visitors += 1
      id = `${nowMs}-${String(visitors).padStart(6, '0')}`
    } while (index.tntId.has(id))
    return id
  }

  /** Whether the profile may hold these as well; counts exactly only where the estimate is over the limit. */
  const fits = (profile: Profile, entries: Entries, replacesBatch: boolean): boolean => {
    const addedBytes = sizeOf(entries)
    if (limitBytes > 0 && profile.bytes + addedBytes > limitBytes) {
      const after = new Map<string, string>()
      for (const [name, { value }] of profile.attributes) after.set(name, value)
      if (!replacesBatch)
        for (const [name, { value }] of profile.batch ?? []) after.set(name, value)
      for (const [name, value] of entries) after.set(name, value)
      const exactBytes = sizeOf([...after])
      if (exactBytes > limitBytes) return false
      profile.bytes = exactBytes
      return true
    }
    profile.bytes += addedBytes
    return true
  }

  const write = (profile: Profile, entries: Entries, nowMs: number): void => {
    for (const [name, value] of entries) {
      profile.attributes.set(name, attributeOf(value, nowMs))
      profile.batch?.delete(name)
    }
    profile.modifiedMs = nowMs
  }

  return {
    byId: (kind, id) => index[kind].get(id),
    all: () => everyone,
    size: () => everyone.size,
    visit: (ids, entries, nowMs) => {
      const profile = resolve(ids, nowMs)
      settle(profile)
      if (!fits(profile, entries, false)) return undefined
      write(profile, entries, nowMs)
      return profile
    },
    update: (kind, id, entries, nowMs) => {
      const profile = index[kind].get(id)
      if (profile === undefined) return 'notFound'
      if (!fits(profile, entries, false)) return 'tooLarge'
      write(profile, entries, nowMs)
      return 'updated'
    },
    overlay: (kind, id, entries, nowMs) => {
      const known = index[kind].get(id)
      const profile = known ?? create(nowMs)
      if (!fits(profile, entries, true)) {
        if (known === undefined) everyone.delete(profile)
        return 'tooLarge'
      }
      if (known === undefined) attach(profile, { kind, id: ownText(id) })
      const batch = new Map<string, Attribute>()
      for (const [name, value] of entries) batch.set(name, attributeOf(value, nowMs))
      profile.batch = batch
      profile.modifiedMs = nowMs
      return 'updated'
    },
    snapshot: () =>
      [...everyone].map(({ ids, modifiedMs, attributes, batch }) => ({
        ids,
        modifiedMs,
        attributes: keptOf(attributes),
        ...(batch === undefined ? {} : { batch: keptOf(batch) }),
      })),
    restore: (kept) => {
      for (const { ids, modifiedMs, attributes, batch } of kept) {
        const profile = create(modifiedMs)
        for (const id of ids) attach(profile, id)
        for (const [name, value, atMs] of attributes) {
          profile.attributes.set(name, attributeOf(value, atMs))
        }
        if (batch !== undefined) {
          profile.batch = new Map(
            batch.map(([name, value, atMs]) => [name, attributeOf(value, atMs)]),
          )
        }
        profile.bytes = sizeOf(
          [...attributes, ...(batch ?? [])].map(([name, value]) => [name, value]),
        )
      }
    },
  }
}

/** The first id of a kind that a profile got. */
export function idOf({ ids }: Profile, wanted: IdKind): string | undefined {
  return ids.find(({ kind }) => kind === wanted)?.id
}

/** The value that Target would decide by now. */
export function valueOf(profile: Profile, name: string): string | undefined {
  return (profile.batch?.get(name) ?? profile.attributes.get(name))?.value
}

/** All attributes as they hold now. */
export function attributesOf(profile: Profile): ReadonlyMap<string, Attribute> {
  return profile.batch === undefined
    ? profile.attributes
    : new Map([...profile.attributes, ...profile.batch])
}

const browserIds = ['marketingCloudVisitorId', 'tntId'] as const
const idKinds = ['thirdPartyId', ...browserIds] as const

/** From a visit on, what a batch set is the profile's own. */
function settle(profile: Profile): void {
  for (const [name, attribute] of profile.batch ?? []) profile.attributes.set(name, attribute)
  profile.batch = undefined
}
