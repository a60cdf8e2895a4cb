import { createHash } from 'node:crypto'

/**
 * What stays of an erased profile's key: SHA-256 over the sandbox's salt and the key, in hex.
 *
 * It is a pseudonym and not nothing: whoever has the salt can test a guess. A slow hash would not change that for a key that can
 * be guessed, and is of no use for one that cannot (38 random digits, a hash of an address); it would cost every profile that
 * is loaded while a tombstone stands. The salt keeps hashes of one sandbox from being compared with those of another, or with tables.
 */
export function hashProfileKey(salt: Uint8Array, profileKey: string): string {
  return createHash('sha256').update(salt).update(profileKey).digest('hex')
}
