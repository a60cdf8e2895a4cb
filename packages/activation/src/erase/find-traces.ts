import {
  isBefore,
  unpackBatch,
  unpackChunk,
  unpackProfile,
  type Erasures,
  type ErasureProof,
  type Revision,
  type StoredEntry,
} from '@segue/runtime'
import { revisionOf } from './scrub.ts'

export interface Erased {
  readonly profileKey: string
  readonly others: readonly string[]
  /** What comes before it in the log, or is older, is the erased profile's; the rest is one's that was begun anew. */
  readonly before: Revision
}

/**
 * Looks through everything that is stored for what names an erased profile.
 *
 * Structures that hold identities are decoded, so that `ECID:1` is not found in `ECID:12`; anything else counts by its bytes.
 *
 * @returns all of a proof but its time
 */
export async function findTraces(
  everything: ReturnType<Erasures['everything']>,
  erased: Erased,
): Promise<Omit<ErasureProof, 'atMs'>> {
  const keys = new Set<string>()
  const found = { old: 0, keyed: 0, otherProfiles: 0, entries: 0 }
  let begunAnew = false
  for await (const part of everything) {
    for (const entry of part) {
      keys.add(entry.key)
      found.entries += 1
      switch (traceOf(entry, erased)) {
        case 'profile':
          begunAnew = true
          break
        case 'other-profile':
          found.otherProfiles += 1
          break
        case 'keyed':
          found.keyed += 1
          break
        case 'old':
          found.old += 1
          break
        case undefined:
      }
    }
  }
  return {
    keysScanned: keys.size,
    entriesScanned: found.entries,
    found: found.old + (begunAnew ? 0 : found.keyed),
    begunAnew,
    otherProfiles: found.otherProfiles,
  }
}

/**
 * What an entry says of the erased profile. `profile`: there is one of its key; `keyed`: something is kept under its key, which
 * may be that one's; `old`: it names the profile that is gone; `other-profile`: another one holds an identity of it.
 */
type Trace = 'profile' | 'keyed' | 'old' | 'other-profile' | undefined

function traceOf(entry: StoredEntry, erased: Erased): Trace {
  const { key, field, value } = entry
  const { profileKey } = erased
  switch (key.split(':', 1)[0] ?? '') {
    case 'profiles':
      return field === profileKey ? 'profile' : otherProfile(field ?? '', value, erased)
    case 'timers':
    case 'ledger':
      return field === profileKey ? 'keyed' : undefined
    case 'dead':
      return field?.slice(field.indexOf('|') + 1) === profileKey ? 'keyed' : undefined
    case 'outbox':
      return value.includes(profileKey) && isInChunk(value, erased) ? 'old' : undefined
    case 'log':
      return value.includes(profileKey) && isInLog(field ?? '', value, erased) ? 'old' : undefined
    default:
      return names(field ?? '', profileKey) || isNamedIn(value, profileKey) ? 'old' : undefined
  }
}

function otherProfile(field: string, value: Buffer, { profileKey, others }: Erased): Trace {
  const identities = [profileKey, ...others]
  if (others.includes(field)) return 'other-profile'
  if (!identities.some((identity) => value.includes(identity))) return undefined
  const held = unpackProfile(field, value).identities
  return held.some((identity) => identities.includes(identity)) ? 'other-profile' : undefined
}

function isInChunk(value: Buffer, { profileKey, before }: Erased): boolean {
  return unpackChunk(value).some((row) => row.profileKey === profileKey && isBefore(row, before))
}

function isInLog(id: string, value: Buffer, { profileKey, before }: Erased): boolean {
  const isOld = isBefore(revisionOf(id), before)
  return isOld && unpackBatch(value).records.some((record) => record[1] === profileKey)
}

/** Whether bytes hold the word, and not as a part of a longer one. */
export function isNamedIn(bytes: Buffer, word: string): boolean {
  return names(bytes.toString('latin1'), latin1(word))
}

/** Whether a text holds the word, and not as a part of a longer one. */
function names(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + word.length)) return true
  }
  return false
}

function isWordAt(text: string, at: number): boolean {
  return /[A-Za-z0-9]/.test(text.charAt(at))
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
