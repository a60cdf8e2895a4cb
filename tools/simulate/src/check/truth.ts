import {
  ConsentGiven,
  ConsentUnchanged,
  membershipStride,
  StatusExited,
  type UpdateRecord,
} from '@segue/profile'
import { unpackBatch } from '@segue/runtime'
import type { MemoryStore } from '@segue/runtime/testing'
import {
  naiveProfile,
  named,
  type LogItem,
  type NaiveProfile,
  type RawUpdate,
} from './naive-profile.ts'

/** What came into the logs, kept beside the system under test. */
export interface Truth {
  /** A gateway packs these updates so. */
  readonly packed: (payload: Uint8Array, updates: readonly SentUpdate[]) => void
  /** Something was appended to the partition: reads what. */
  readonly appended: (partition: number) => void
  /** The store lost the ends of these partitions. @returns numbers of the updates that are in no log any more */
  readonly cut: (partitions: readonly number[]) => readonly number[]
  readonly isInLog: (update: number) => boolean
  /** Profiles of which the partition's log has ever told. */
  readonly profiles: (partition: number) => readonly string[]
  /** @param upTo id of the last entry that counts */
  readonly profile: (partition: number, profileKey: string, upTo: string) => NaiveProfile
  /** When updates told of a profile's membership, by the log. */
  readonly toldOf: (profileKey: string, segment: string) => readonly number[]
  /** The profile that an identity belongs to. */
  readonly ownerOf: (identity: string) => string
  readonly partitionOf: (profileKey: string) => number | undefined
  /** Id of the newest entry; '0-0': there is none. */
  readonly newest: (partition: number) => string
  /** Entries after the one id, up to and with the other. */
  readonly entriesBetween: (partition: number, afterId: string, upTo: string) => number
}

/** An update that a client sends; `number`: tells it apart from all others, and is the same for each try. */
export interface SentUpdate {
  readonly number: number
  readonly raw: RawUpdate
  readonly profileKey: string
}

interface Entry {
  readonly id: string
  readonly items: readonly LogItem[]
  readonly numbers: readonly number[]
}

export function createTruth(store: MemoryStore): Truth {
  /** By the bytes: two requests may say the same, and then nobody can tell which of them an entry is of. */
  const sent = new Map<
    string,
    { readonly updates: readonly SentUpdate[]; readonly numbers: Set<number> }
  >()
  const entries: Entry[][] = store.partitions.map(() => [])
  const inLog = new Map<number, number>()
  const owners = new Map<string, string>()
  const homes = new Map<string, number>()

  const countIn = (numbers: readonly number[], by: number): void => {
    for (const number of numbers) inLog.set(number, (inLog.get(number) ?? 0) + by)
  }
  const read = (payload: Buffer, ms: number): Omit<Entry, 'id'> => {
    const known = sent.get(payload.toString('latin1'))
    if (known !== undefined) {
      return {
        numbers: [...known.numbers],
        items: known.updates.map(({ raw, profileKey }) => ({
          kind: 'update',
          profileKey,
          ms,
          update: raw,
        })),
      }
    }
    const { segments, records } = unpackBatch(payload)
    const items = records.map((record): LogItem => {
      if (record[0] === 0) {
        return { profileKey: record[1], ms, kind: 'update', update: readBack(record, segments) }
      }
      const kind = record[0] === 1 ? 'due' : record[0] === 2 ? 'erase' : 'acknowledged'
      return { profileKey: record[1], ms, kind }
    })
    return { items, numbers: [] }
  }
  return {
    packed: (payload, updates) => {
      const bytes = Buffer.from(payload).toString('latin1')
      const known = sent.get(bytes) ?? { updates, numbers: new Set() }
      for (const { number } of updates) known.numbers.add(number)
      sent.set(bytes, known)
      for (const { raw, profileKey } of updates) {
        for (const identity of named(raw)) owners.set(identity, profileKey)
      }
    },
    appended: (partition) => {
      const own = entries[partition]!
      const last = own.at(-1)?.id ?? '0-0'
      for (const { ms, sequence, payload } of store.partitions[partition]!.log) {
        const id = `${ms}-${sequence}`
        if (!isAfter(id, last)) continue
        const entry = { id, ...read(payload, ms) }
        own.push(entry)
        countIn(entry.numbers, 1)
        for (const { profileKey } of entry.items) homes.set(profileKey, partition)
      }
    },
    cut: (partitions) => {
      const lost = partitions.flatMap((partition) => {
        const { lastMs, lastSequence } = store.partitions[partition]!
        const own = entries[partition]!
        const kept = own.filter(({ id }) => !isAfter(id, `${lastMs}-${lastSequence}`))
        const cutOff = own.slice(kept.length).flatMap(({ numbers }) => numbers)
        entries[partition] = kept
        countIn(cutOff, -1)
        return cutOff
      })
      return lost.filter((number) => inLog.get(number) === 0)
    },
    isInLog: (update) => (inLog.get(update) ?? 0) > 0,
    profiles: (partition) => [
      ...new Set(
        entries[partition]!.flatMap(({ items }) => items.map(({ profileKey }) => profileKey)),
      ),
    ],
    profile: (partition, profileKey, upTo) =>
      naiveProfile(
        profileKey,
        entries[partition]!.filter(({ id }) => !isAfter(id, upTo)).flatMap(({ items }) =>
          items.filter((item) => item.profileKey === profileKey),
        ),
      ),
    toldOf: (profileKey, segment) =>
      entries[homes.get(profileKey) ?? 0]!.flatMap(({ items }) =>
        items.flatMap((item) =>
          item.kind === 'update' &&
          item.profileKey === profileKey &&
          item.update.segmentMembership?.ups[segment.slice('ups:'.length)] !== undefined
            ? item.ms
            : [],
        ),
      ),
    ownerOf: (identity) => owners.get(identity) ?? identity,
    partitionOf: (profileKey) => homes.get(profileKey),
    newest: (partition) => entries[partition]!.at(-1)?.id ?? '0-0',
    entriesBetween: (partition, afterId, upTo) =>
      entries[partition]!.filter(({ id }) => isAfter(id, afterId) && !isAfter(id, upTo)).length,
  }
}

/** An update that an owner appended once more, since the store had lost it: as it was, but for times that it was given. */
function readBack(record: UpdateRecord, segments: readonly string[]): RawUpdate {
  const [, profileKey, others, memberships, consent, consentAtMs] = record
  const identityMap: Record<string, { readonly id: string }[]> = {}
  for (const identity of [profileKey, ...others]) {
    const at = identity.indexOf(':')
    const ids = (identityMap[identity.slice(0, at)] ??= [])
    ids.push({ id: identity.slice(at + 1) })
  }
  const ups: Record<string, MembershipOf> = {}
  for (let at = 0; at < memberships.length; at += membershipStride) {
    const untilMs = memberships[at + 3]!
    ups[segments[memberships[at]!]!.slice('ups:'.length)] = {
      status: memberships[at + 1] === StatusExited ? 'exited' : 'realized',
      lastQualificationTime: new Date(memberships[at + 2]!).toISOString(),
      ...(untilMs === 0 ? {} : { validUntil: new Date(untilMs).toISOString() }),
    }
  }
  const time = consentAtMs === 0 ? {} : { metadata: { time: new Date(consentAtMs).toISOString() } }
  const val = consent === ConsentGiven ? 'y' : 'n'
  return {
    identityMap,
    segmentMembership: { ups },
    ...(consent === ConsentUnchanged ? {} : { consents: { share: { val }, ...time } }),
  }
}

type MembershipOf = NonNullable<RawUpdate['segmentMembership']>['ups'][string]

/** Whether one entry's id comes after another. */
export function isAfter(one: string, other: string): boolean {
  const [ms = 0, sequence = 0] = one.split('-').map(Number)
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number)
  return ms > otherMs || (ms === otherMs && sequence > otherSequence)
}
