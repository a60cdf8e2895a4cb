import type { UnreadableCode } from './unreadable.ts'
import { packr } from './packr.ts'
import { Unreadable, unknownVersion, unpacked } from './unreadable.ts'

/** What was set aside since it cannot be read, so that its partition goes on. */
export interface SetAside {
  readonly code: UnreadableCode
  /** A sentence for people. */
  readonly detail: string
  /** A record batch as it was, or one of the records that could not be stepped: it can be appended to the log again. */
  readonly payload: Uint8Array
}

/** Version of the packed shape; its first element. */
const setAsideVersion = 1

export function packSetAside({ code, detail, payload }: SetAside): Buffer {
  return packr.pack([setAsideVersion, code, detail, payload])
}

/** @throws Unreadable where it is of another version */
export function unpackSetAside(packed: Uint8Array): SetAside {
  const stored = unpacked(packed)
  const [version, code, detail, payload]: unknown[] = Array.isArray(stored) ? stored : []
  if (version !== setAsideVersion) {
    throw unknownVersion('SET_ASIDE_UNREADABLE', 'what was set aside', version, setAsideVersion)
  }
  if (!isCode(code) || typeof detail !== 'string' || !(payload instanceof Uint8Array)) {
    throw new Unreadable('SET_ASIDE_UNREADABLE', 'what was set aside is damaged', false)
  }
  return { code, detail, payload }
}

function isCode(code: unknown): code is UnreadableCode {
  return code === 'LOG_ENTRY_UNREADABLE' || code === 'PROFILE_UNREADABLE'
}
