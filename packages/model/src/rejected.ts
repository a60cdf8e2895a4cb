import type { RejectionCode } from './codes.ts'
import { reservedKey } from './record.ts'

/**
 * An update that is refused. `detail` names the place and what was expected, never an identity or a
 * value given.
 */
export interface Rejected {
  readonly ok: false
  readonly code: RejectionCode
  readonly detail: string
}

export function rejected(code: RejectionCode, detail: string): Rejected {
  return { ok: false, code, detail }
}

export function reservedKeyIn(where: string): Rejected {
  return rejected('RESERVED_KEY', `${where} has a key named ${reservedKey}`)
}
