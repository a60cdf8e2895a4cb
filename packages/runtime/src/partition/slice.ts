import { DueKind, emptyProfile, nextDueMs, type LogRecord, type Transitions } from '@segue/profile'
import { unpackProfile } from '../codec/packed-profile.ts'
import { packBatch, recordsPerBatchLimit, unpackBatch } from '../codec/record-batch.ts'
import { packSetAside } from '../codec/set-aside.ts'
import { readOrNot, Unreadable } from '../codec/unreadable.ts'
import type { LogEntry } from '../ports/event-log.ts'
import type { SetAsidePacked } from '../ports/set-asides.ts'
import type { Dictionary } from './dictionary.ts'
import type { Residency, Resident } from './residency.ts'

/** One entry of the log, ready to be stepped. */
export interface SliceEntry {
  readonly id: string
  /** The entry's time, epoch milliseconds. */
  readonly nowMs: number
  /** Sequence of the first record; the others follow. */
  readonly firstSequence: number
  /** Segments that the records name, and the dictionary index of each; negative where the dictionary is full. */
  readonly names: readonly string[]
  readonly segments: readonly number[]
  readonly records: readonly LogRecord[]
  /** Of each record its profile; undefined where that is not loaded, or cannot be read. */
  readonly residents: (Resident | undefined)[]
}

/** A part of the log that is stepped and committed at once. */
export interface Slice {
  readonly entries: readonly SliceEntry[]
  readonly offset: string
  readonly bytes: number
  /** Records of all entries that can be read, those of unreadable profiles too. */
  readonly records: number
  /** What cannot be read, and why. */
  readonly setAside: readonly SetAsidePacked[]
  readonly troubles: readonly Unreadable[]
  /** Profiles that cannot be read: their records are not stepped. */
  readonly unreadable: ReadonlyMap<string, Unreadable>
  /** Those of them whose due time has come: they are due no more until they can be read. */
  readonly disarmed: readonly string[]
}

/**
 * Decodes log entries and resolves the segments they name. An entry that is damaged is set aside.
 *
 * @throws Unreadable where a newer release wrote an entry: it is for that release to step
 */
export function readSlice(entries: readonly LogEntry[], dictionary: Dictionary): Slice {
  const read: SliceEntry[] = []
  const setAside: SetAsidePacked[] = []
  const troubles: Unreadable[] = []
  let bytes = 0
  let records = 0
  for (const entry of entries) {
    const [ms, sequence] = entry.id.split('-')
    bytes += entry.payload.byteLength
    const batch = readOrNot(() => unpackBatch(entry.payload))
    if (batch instanceof Unreadable) {
      setAside.push(asideOf(entry.id, batch, entry.payload))
      troubles.push(batch)
      continue
    }
    records += batch.records.length
    read.push({
      id: entry.id,
      nowMs: Number(ms),
      firstSequence: Number(sequence) * recordsPerBatchLimit,
      names: batch.segments,
      segments: batch.segments.map((segment) => dictionary.indexOf(segment)),
      records: batch.records,
      residents: [],
    })
  }
  return {
    entries: read,
    offset: entries.at(-1)?.id ?? '',
    bytes,
    records,
    setAside,
    troubles,
    unreadable: new Map(),
    disarmed: [],
  }
}

/** The slice with the records of profiles that cannot be read set aside, an entry's together. */
export function withoutUnreadable(
  slice: Slice,
  unreadable: ReadonlyMap<string, Unreadable>,
): Slice {
  if (unreadable.size === 0) return slice
  const setAside = [...slice.setAside]
  const disarmed = new Set<string>()
  for (const { id, names, records } of slice.entries) {
    const own = records.filter(([, profileKey]) => unreadable.has(profileKey))
    const [first] = own
    if (first === undefined) continue
    for (const [kind, profileKey] of own) if (kind === DueKind) disarmed.add(profileKey)
    const payload = packBatch({ segments: names, records: own })
    setAside.push(asideOf(id, unreadable.get(first[1])!, payload))
  }
  return {
    ...slice,
    setAside,
    troubles: [...slice.troubles, ...unreadable.values()],
    unreadable,
    disarmed: [...disarmed],
  }
}

function asideOf(id: string, trouble: Unreadable, payload: Uint8Array): SetAsidePacked {
  const code = trouble.damage
  return {
    place: `${id}|${code}`,
    packed: packSetAside({ code, detail: trouble.message, payload }),
  }
}

/**
 * Gives each record its profile where that is resident.
 *
 * @returns keys of the others, each once
 */
export function findResidents({ entries }: Slice, residency: Residency): string[] {
  const missing = new Set<string>()
  for (const { records, residents } of entries) {
    for (const [, profileKey] of records) {
      const resident = residency.peek(profileKey)
      residents.push(resident)
      if (resident === undefined) missing.add(profileKey)
    }
  }
  return [...missing]
}

/** Gives the records whose profile was not resident the one that is loaded. */
export function addLoaded({ entries }: Slice, loaded: ReadonlyMap<string, Resident>): void {
  if (loaded.size === 0) return
  for (const { records, residents } of entries) {
    for (let index = 0; index < records.length; index += 1) {
      residents[index] ??= loaded.get(records[index]![1])
    }
  }
}

/**
 * Makes a stored profile resident, or a new one where there is none.
 *
 * @param erasedMs when the profile of this key was last erased, epoch milliseconds; 0: never
 */
export function rehydrate(
  profileKey: string,
  packed: Uint8Array | undefined,
  startTransitions: () => Transitions,
  erasedMs = 0,
): Resident {
  const profile =
    packed === undefined ? emptyProfile(profileKey) : unpackProfile(profileKey, packed)
  return {
    profile,
    transitions: startTransitions(),
    startTransitions,
    armedMs: nextDueMs(profile),
    erasedMs,
    half: -1,
    isChanged: false,
    isDropped: false,
  }
}
