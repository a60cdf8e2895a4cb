import { LRUCache } from 'lru-cache'
import { failed, misconfigured, refusal } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { comparable, identityParts } from '../identity-value.ts'
import type { ProfileKey } from '../settings.ts'
import { readList, readRecord } from './records.ts'
import type { Listed, StandardRecord } from './records.ts'
import type { CallStandard } from './standard-client.ts'

/** A profile of Campaign Standard, as far as we need it and for as long as it is true. */
export interface Profile {
  /** Its PKey, which names it among those of one delivery. */
  readonly key: string
  readonly record: StandardRecord
}

/** What is known of an identity's profiles. */
export type Resolution =
  | { readonly kind: 'profiles'; readonly profiles: readonly Profile[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export interface ProfileLookup {
  /** Finds the profiles of an identity, from memory or from Campaign: none, one, or several that share the value. */
  readonly resolve: (identity: Identity) => Promise<Resolution>
  /** Forgets what is remembered of these identities, because Campaign says otherwise. */
  readonly forget: (identities: Iterable<Identity>) => void
  /** Makes a profile with these identities in their key fields and nothing else. */
  readonly create: (identities: readonly Identity[]) => Promise<Resolution>
}

const none: Resolution = { kind: 'profiles', profiles: [] }
/** 1,000 profiles: a key is meant to be unique, and what more of them share is nobody's. */
const maxPages = 5

/**
 * Finds profiles by custom key fields and their filters (`reference/solutions.md` §4.1), and remembers who is and who is not there.
 * PKeys are kept in memory only, for a while, and are never the id of anything outside.
 */
export function profileLookup(options: {
  readonly call: CallStandard
  readonly keys: Readonly<Record<string, ProfileKey>>
  readonly cacheSize: number
  readonly cacheMs: number
  readonly unknownCacheMs: number
  readonly nowMs: () => number
}): ProfileLookup {
  const { call, keys } = options
  const remembered = new LRUCache<Identity, readonly Profile[]>({
    max: options.cacheSize,
    perf: { now: options.nowMs },
    ttlResolution: 0,
  })

  function remember(identity: Identity, profiles: readonly Profile[]): Resolution {
    const ttl = profiles.length === 0 ? options.unknownCacheMs : options.cacheMs
    if (ttl > 0) remembered.set(identity, profiles, { ttl })
    return { kind: 'profiles', profiles }
  }

  async function resolve(identity: Identity): Promise<Resolution> {
    const known = remembered.get(identity)
    if (known !== undefined) return { kind: 'profiles', profiles: known }
    const { namespace, value } = identityParts(identity)
    const key = keys[namespace]
    if (key === undefined) return none
    const find = () =>
      readList(
        call,
        { path: `profileAndServicesExt/profile/${key.filter}` },
        { query: { [key.parameter]: value }, maxPages },
      )
    let listed = await find()
    // Said of a filter that may have worked a second ago, and stopping everything: worth asking twice.
    if (isUnusable(listed)) listed = await find()
    if (isUnusable(listed)) return { kind: 'refused', refusal: filterUnusable(key) }
    if (listed.kind !== 'records') return { kind: 'refused', refusal: listed.refusal }
    if (!listed.complete) return { kind: 'refused', refusal: sharedByTooMany }
    const profiles: Profile[] = []
    for (const one of listed.records) {
      const record = readRecord(one)
      const has = record?.[key.field]
      if (record === undefined || typeof has !== 'string') {
        return { kind: 'refused', refusal: fieldMissing(key) }
      }
      // A filter may find more than was asked for (the built-in ones match prefixes).
      const same = comparable(namespace, has) === comparable(namespace, value)
      if (same) profiles.push({ key: record.PKey, record })
    }
    return remember(identity, profiles)
  }

  async function create(identities: readonly Identity[]): Promise<Resolution> {
    const [first] = identities
    if (first === undefined) return none
    const body: Record<string, string> = {}
    for (const identity of identities) {
      const { namespace, value } = identityParts(identity)
      const key = keys[namespace]
      if (key !== undefined) body[key.field] ??= value
    }
    const outcome = await call({
      method: 'POST',
      at: { path: 'profileAndServicesExt/profile' },
      body,
    })
    if (outcome.kind === 'error' && outcome.class === 'exists') {
      // Somebody else made it since we looked.
      forget(identities)
      return resolve(first)
    }
    if (outcome.kind !== 'answer') return { kind: 'refused', refusal: outcome.refusal }
    const record = readRecord(outcome.body)
    forget(identities)
    // Whatever the answer looks like, it is there now.
    if (record === undefined) return resolve(first)
    return remember(first, [{ key: record.PKey, record }])
  }

  function forget(identities: Iterable<Identity>): void {
    for (const identity of identities) remembered.delete(identity)
  }

  return { resolve, forget, create }
}

const sharedByTooMany = refusal(
  'PEOPLE_TOO_MANY',
  failed,
  'over 1,000 profiles share one identity: that is nobody’s',
)

function isUnusable(listed: Listed): boolean {
  const { kind } = listed
  return kind === 'error' && (listed.class === 'unknown-record' || listed.class === 'expression')
}

function filterUnusable(key: ProfileKey): Refusal {
  return refusal(
    'FILTER_UNUSABLE',
    misconfigured('keys'),
    `Campaign has no usable profile filter ${key.filter} with the parameter ${key.parameter}`,
  )
}

function fieldMissing(key: ProfileKey): Refusal {
  return refusal(
    'FIELD_MISSING',
    misconfigured('keys'),
    `profiles that ${key.filter} finds have no text field ${key.field}`,
  )
}
