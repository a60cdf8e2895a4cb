import { packr } from './packr.ts'

/** What is stored and cannot be read, by what it is. */
export type UnreadableCode =
  | 'LOG_ENTRY_UNREADABLE'
  | 'PROFILE_UNREADABLE'
  | 'OUTBOX_CHUNK_UNREADABLE'
  | 'LEDGER_ENTRY_UNREADABLE'
  | 'SET_ASIDE_UNREADABLE'

/**
 * Something that is stored cannot be read. It is damaged, or a newer release wrote it: then nothing is wrong with it, and this
 * process is to be replaced by that release.
 */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly code: UnreadableCode | 'WRITTEN_BY_NEWER'
  /** What it is that cannot be read. */
  readonly damage: UnreadableCode
  /** A newer release wrote it. */
  readonly isNewer: boolean

  constructor(code: UnreadableCode, what: string, isNewer: boolean) {
    super(`${isNewer ? 'WRITTEN_BY_NEWER' : code}: ${what}`)
    this.code = isNewer ? 'WRITTEN_BY_NEWER' : code
    this.damage = code
    this.isNewer = isNewer
  }
}

/**
 * @param version as it is read; anything but a whole number is damage
 * @param known the newest that this release reads
 */
export function unknownVersion(
  code: UnreadableCode,
  what: string,
  version: unknown,
  known: number,
): Unreadable {
  const isNewer =
    typeof version === 'number' && Number.isInteger(version) && version > known && version < 256
  return new Unreadable(
    code,
    isNewer
      ? `${what} has version ${version}, this release reads ${known}: replace this process by the newer release`
      : `${what} is damaged: it has no version that ever was`,
    isNewer,
  )
}

/** @returns the value, or undefined where the bytes are no msgpack */
export function unpacked(bytes: Uint8Array): unknown {
  try {
    const value: unknown = packr.unpack(bytes)
    return value
  } catch {
    return undefined
  }
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

export function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number')
}

/**
 * @returns what is read, or why it cannot be
 * @throws whatever is no damage: what a newer release wrote too
 */
export function readOrNot<Value>(read: () => Value): Value | Unreadable {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable && !error.isNewer) return error
    throw error
  }
}
