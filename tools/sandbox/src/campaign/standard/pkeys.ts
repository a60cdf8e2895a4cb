import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What a key stands for. */
export type KeyKind = 'profile' | 'service' | 'subscription' | 'line'

/**
 * The automatic primary keys of one instance: opaque, and worth nothing at another one (reference §4.1, "never store PKeys
 * outside").
 */
export interface PKeys {
  /** The `PKey` of a record. */
  readonly of: (kind: KeyKind, id: number) => string
  /**
   * The same record's key as its `href` has it. It is another text, so that a client that builds a URL of its own from a
   * subscription's PKey does not get away with it [I].
   */
  readonly inHref: (kind: KeyKind, id: number) => string
  /** Undefined for what this instance never gave out. */
  readonly read: (kind: KeyKind, key: string) => { id: number; inHref: boolean } | undefined
  readonly secret: string
}

const kinds: readonly KeyKind[] = ['profile', 'service', 'subscription', 'line']
const keyBytes = 48
const shape = /^@[A-Za-z0-9_-]{64}$/
const zeroes = Buffer.alloc(16)

/** @param secret of an instance that was here before, base64 */
export function createPKeys(secret: string = randomBytes(16).toString('base64')): PKeys {
  const key = Buffer.from(secret, 'base64')

  const write = (kind: KeyKind, id: number, inHref: boolean): string => {
    const plain = Buffer.alloc(keyBytes)
    plain.writeUInt8(kinds.indexOf(kind) + 1, 0)
    plain.writeUInt8(inHref ? 1 : 0, 1)
    plain.writeUIntBE(id, 2, 6)
    const cipher = createCipheriv('aes-128-cbc', key, zeroes).setAutoPadding(false)
    return `@${Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64url')}`
  }

  return {
    secret,
    of: (kind, id) => write(kind, id, false),
    inHref: (kind, id) => write(kind, id, true),
    read: (kind, text) => {
      if (!isPKey(text)) return undefined
      const cipher = createDecipheriv('aes-128-cbc', key, zeroes).setAutoPadding(false)
      const plain = Buffer.concat([
        cipher.update(Buffer.from(text.slice(1), 'base64url')),
        cipher.final(),
      ])
      const isOurs = plain.subarray(8).every((byte) => byte === 0)
      if (!isOurs || plain[0] !== kinds.indexOf(kind) + 1) return undefined
      return { id: plain.readUIntBE(2, 6), inHref: plain[1] === 1 }
    },
  }
}

/** Whether a text has the form of a key at all. */
export function isPKey(text: string): boolean {
  return shape.test(text)
}
