import { codes, stride, type Profile } from '@segue/profile'
import { packr } from './packr.ts'
import { narrowLimit, readNarrow, readText, shortLimit, Slab } from './slab.ts'
import { isNumbers, isTexts, Unreadable, unknownVersion, unpacked } from './unreadable.ts'

/**
 * Version 2, big-endian: version, head (condition in the low bits, flags above), consent time (6 bytes, where there is one), erasure
 * time (6, where there is one), identities beside the key (where there are any: their number in one byte, then each behind its
 * length in two), then the memberships to the end: segment (2), head (state and flags), qualification time (6), `validUntil` (6,
 * where there is one), revision (6 and 4; 6 and 6 where it is long), time of the last change (6, where it is not the revision’s).
 *
 * Written by hand, since it is done for most updates: a third of the time of msgpack, and about half of its bytes.
 */
const hasConsent = 0x10
const hasErasure = 0x20
const hasOthers = 0x40
const stateMask = 0x0f
const hasUntil = 0x10
const hasChanged = 0x20
const hasLongSequence = 0x40

/** The first byte of every stored profile. */
const profileSchemaVersion = 2
/** The version before, of which what does not fit version 2 is still written: times before 1970. */
const msgpackVersion = 1
const membershipBytesMax = 2 + 1 + 4 * 6 + 6

const slab = new Slab()

/** @returns the profile as it is stored: one byte of schema version, then the rest. Not changed by what is packed later */
export function packProfile(profile: Profile): Buffer {
  const { condition, consentAtMs, erasedMs, identities, memberships } = profile
  if (!fits(profile)) return packAsMsgpack(profile)
  const bound = 15 + othersBound(identities) + (memberships.length / stride) * membershipBytesMax
  let at = slab.reserve(bound)
  const { bytes } = slab
  bytes[at++] = profileSchemaVersion
  bytes[at++] =
    condition |
    (consentAtMs === 0 ? 0 : hasConsent) |
    (erasedMs === 0 ? 0 : hasErasure) |
    (identities.length === 1 ? 0 : hasOthers)
  if (consentAtMs !== 0) at = slab.writeNarrow(consentAtMs, at)
  if (erasedMs !== 0) at = slab.writeNarrow(erasedMs, at)
  if (identities.length > 1) at = writeOthers(identities, at)
  for (let index = 0; index < memberships.length; index += stride) {
    at = writeMembership(memberships, index, at)
  }
  return slab.take(at)
}

function writeMembership(memberships: readonly number[], index: number, from: number): number {
  const untilMs = memberships[index + 3]!
  const sequence = memberships[index + 5]!
  const changedMs = memberships[index + 6]!
  let at = from
  slab.view.setUint16(at, memberships[index]!)
  slab.bytes[at + 2] =
    memberships[index + 1]! |
    (untilMs === 0 ? 0 : hasUntil) |
    (changedMs === 0 ? 0 : hasChanged) |
    (sequence < shortLimit ? 0 : hasLongSequence)
  at = slab.writeNarrow(memberships[index + 2]!, at + 3)
  if (untilMs !== 0) at = slab.writeNarrow(untilMs, at)
  at = slab.writeNarrow(memberships[index + 4]!, at)
  if (sequence < shortLimit) {
    slab.view.setUint32(at, sequence)
    at += 4
  } else at = slab.writeNarrow(sequence, at)
  return changedMs === 0 ? at : slab.writeNarrow(changedMs, at)
}

function writeOthers(identities: readonly string[], from: number): number {
  let at = from
  slab.bytes[at++] = identities.length - 1
  for (let index = 1; index < identities.length; index += 1) {
    at = slab.writeText(identities[index]!, at)
  }
  return at
}

function othersBound(identities: readonly string[]): number {
  let bytes = 1
  for (let index = 1; index < identities.length; index += 1) {
    bytes += 2 + identities[index]!.length * 3
  }
  return bytes
}

function fits({ consentAtMs, erasedMs, identities, memberships }: Profile): boolean {
  if (!isNarrow(consentAtMs) || !isNarrow(erasedMs) || identities.length > 256) return false
  for (let index = 0; index < memberships.length; index += 1) {
    if (!isNarrow(memberships[index]!)) return false
  }
  return true
}

function isNarrow(value: number): boolean {
  return value >= 0 && value < narrowLimit
}

function packAsMsgpack({
  condition,
  consentAtMs,
  erasedMs,
  identities,
  memberships,
}: Profile): Buffer {
  const stored = [condition, consentAtMs, erasedMs, identities.slice(1), memberships]
  return Buffer.concat([Buffer.of(msgpackVersion), packr.pack(stored)])
}

/**
 * @param profileKey the field's name, which the packed form leaves out
 * @throws Unreadable where the schema version is not known, written by a newer release, or the bytes are damaged
 */
export function unpackProfile(profileKey: string, packed: Uint8Array): Profile {
  const [version] = packed
  if (version === profileSchemaVersion) return read(profileKey, packed)
  if (version === msgpackVersion) return readMsgpack(profileKey, packed)
  throw unknownVersion('PROFILE_UNREADABLE', 'profile', version, profileSchemaVersion)
}

function read(profileKey: string, packed: Uint8Array): Profile {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  try {
    const head = view.getUint8(1)
    let at = 2
    const profile: Profile = {
      condition: head & stateMask,
      consentAtMs: 0,
      erasedMs: 0,
      identities: [profileKey],
      memberships: [],
    }
    if ((head & hasConsent) !== 0) {
      profile.consentAtMs = readNarrow(view, at)
      at += 6
    }
    if ((head & hasErasure) !== 0) {
      profile.erasedMs = readNarrow(view, at)
      at += 6
    }
    if ((head & hasOthers) !== 0) {
      const count = view.getUint8(at++)
      for (let index = 0; index < count; index += 1) {
        const { text, to } = readText(packed, view, at)
        profile.identities.push(text)
        at = to
      }
    }
    if (profile.condition > codes.Forgotten) throw damaged()
    while (at < packed.byteLength) {
      const segment = view.getUint16(at)
      const flags = view.getUint8(at + 2)
      const qualifiedMs = readNarrow(view, at + 3)
      at += 9
      let untilMs = 0
      if ((flags & hasUntil) !== 0) {
        untilMs = readNarrow(view, at)
        at += 6
      }
      const revisionMs = readNarrow(view, at)
      at += 6
      const isLong = (flags & hasLongSequence) !== 0
      const sequence = isLong ? readNarrow(view, at) : view.getUint32(at)
      at += isLong ? 6 : 4
      let changedMs = 0
      if ((flags & hasChanged) !== 0) {
        changedMs = readNarrow(view, at)
        at += 6
      }
      const state = flags & stateMask
      if (state === codes.Absent || state > codes.Expired) throw damaged()
      profile.memberships.push(
        segment,
        state,
        qualifiedMs,
        untilMs,
        revisionMs,
        sequence,
        changedMs,
      )
    }
    return profile
  } catch {
    throw damaged()
  }
}

function readMsgpack(profileKey: string, packed: Uint8Array): Profile {
  const stored = unpacked(packed.subarray(1))
  const [condition, consentAtMs, erasedMs, others, memberships]: unknown[] = Array.isArray(stored)
    ? stored
    : []
  if (
    typeof condition !== 'number' ||
    typeof consentAtMs !== 'number' ||
    typeof erasedMs !== 'number' ||
    !isTexts(others) ||
    !isNumbers(memberships) ||
    memberships.length % stride !== 0
  ) {
    throw damaged()
  }
  return { condition, consentAtMs, erasedMs, identities: [profileKey, ...others], memberships }
}

function damaged(): Unreadable {
  return new Unreadable('PROFILE_UNREADABLE', 'profile is damaged', false)
}
