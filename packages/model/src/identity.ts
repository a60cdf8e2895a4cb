import { hash } from 'node:crypto'
import type { WarningCode } from './codes.ts'
import { findNamespace } from './namespace.ts'
import type { Namespace } from './namespace.ts'
import type { Identity } from './profile-update.ts'
import { isHex, isSafeText } from './text.ts'

export type ParsedIdentity =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: WarningCode }

/**
 * Reads one identity into its canonical form, by the rules of `reference/platform.md` §7: an ECID
 * is 38 digits, a GAID a lower-case and an IDFA an upper-case UUID, an email_lc_sha256 64
 * lower-case hex digits; a raw Email is trimmed, lower-cased and hashed. Ids of other namespaces
 * stay as they are, up to 1,024 characters.
 *
 * @param namespaceAsGiven a code in any case, or an alias of ECID
 * @returns the identity, or the code of what is wrong with it (`warningCodes`)
 */
export function parseIdentity(namespaceAsGiven: string, id: string): ParsedIdentity {
  const namespace = findNamespace(namespaceAsGiven)
  return namespace === undefined ? invalidNamespace : identityIn(namespace, id)
}

/** `parseIdentity` for a namespace that was found already. */
export function identityIn(namespace: Namespace, id: string): ParsedIdentity {
  switch (namespace.kind) {
    case 'ECID':
      return isEcid(id) ? { ok: true, identity: `ECID:${id}` } : invalidEcid
    case 'email_lc_sha256':
      return isSha256(id) ? emailHash(id.toLowerCase()) : invalidEmailHash
    case 'Email':
      return addressIdentity(id)
    case 'GAID':
      if (!isUuid(id)) return invalidGaid
      return id === zeroDevice ? allZero : { ok: true, identity: `GAID:${id.toLowerCase()}` }
    case 'IDFA':
      if (!isUuid(id)) return invalidIdfa
      return id === zeroDevice ? allZero : { ok: true, identity: `IDFA:${id.toUpperCase()}` }
    case 'other':
      return isUsableId(id) ? { ok: true, identity: `${namespace.name}:${id}` } : invalidId
  }
}

function isEcid(id: string): boolean {
  return id.length === 38 && !notDigit.test(id)
}

const notDigit = /[^0-9]/

function isSha256(id: string): boolean {
  return id.length === 64 && isHex(id, 0, 64)
}

function isUuid(id: string): boolean {
  return (
    id.length === 36 &&
    id[8] === '-' &&
    id[13] === '-' &&
    id[18] === '-' &&
    id[23] === '-' &&
    isHex(id, 0, 8) &&
    isHex(id, 9, 13) &&
    isHex(id, 14, 18) &&
    isHex(id, 19, 23) &&
    isHex(id, 24, 36)
  )
}

const zeroDevice = '00000000-0000-0000-0000-000000000000'

const maxIdLength = 1_024
/** The longest local part, an at sign, the longest domain (RFC 5321 §4.5.3.1). */
const maxAddressLength = 320

function emailHash(hex: string): ParsedIdentity {
  return { ok: true, identity: `email_lc_sha256:${hex}` }
}

function addressIdentity(raw: string): ParsedIdentity {
  const address = raw.trim().toLowerCase()
  return looksLikeAddress(address) ? emailHash(hash('sha256', address, 'hex')) : invalidEmail
}

/**
 * Something, an at sign, and a domain with a dot inside, without blanks: enough to tell an address
 * from a hash, a phone number or a placeholder. Whether it can receive mail is not ours to know.
 */
function looksLikeAddress(text: string): boolean {
  if (text.length > maxAddressLength || blank.test(text) || !isSafeText(text)) return false
  const at = text.lastIndexOf('@')
  const dot = text.indexOf('.', at + 2)
  return at > 0 && dot !== -1 && !text.endsWith('.')
}

const blank = /\s/

/**
 * Values that stand for "nobody": one profile under such an id would gather everybody
 * (`reference/platform.md` §7).
 */
const placeholders: ReadonlySet<string> = new Set(['', 'null', 'anonymous', 'invalid'])
const longestPlaceholder = 9

function isUsableId(id: string): boolean {
  if (id.length > maxIdLength || !isSafeText(id)) return false
  const bare = id.trim()
  return bare.length > longestPlaceholder || !placeholders.has(bare.toLowerCase())
}

function unusable(code: WarningCode): ParsedIdentity {
  return { ok: false, code }
}

const invalidNamespace = unusable('IDENTITY_NAMESPACE_INVALID')
const invalidEcid = unusable('ECID_INVALID')
const invalidGaid = unusable('GAID_INVALID')
const invalidIdfa = unusable('IDFA_INVALID')
const invalidEmailHash = unusable('EMAIL_HASH_INVALID')
const invalidEmail = unusable('EMAIL_INVALID')
const invalidId = unusable('IDENTITY_ID_INVALID')
const allZero = unusable('DEVICE_ID_ALL_ZERO')
