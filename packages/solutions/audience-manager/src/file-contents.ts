import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Bucket } from './bucket.ts'
import { pairHash, pairIndex } from './pair-index.ts'
import type { PairIndex } from './pair-index.ts'
import { pairsIn } from './sync-lines.ts'
import type { PairState } from './sync-lines.ts'

/** Knows what is in files: what was written here is remembered, other files are read from the bucket. A file never changes. */
export interface FileContents {
  readonly remember: (key: string, body: Uint8Array) => void
  readonly forget: (key: string) => void
  /** Undefined where the file cannot be read. */
  readonly index: (key: string) => Promise<PairIndex | undefined>
  /** The file's pairs of these hashes; undefined where the file cannot be read. */
  readonly pairs: (
    key: string,
    hashes: ReadonlySet<number>,
  ) => Promise<readonly PairState[] | undefined>
}

const unzip = promisify(gunzip)
/** The most that a file may be written with, by any settings. */
const maxTextBytes = 1_000_000_000
/** Bodies kept, compressed; indexes kept, at 8 bytes a pair: 16 million. */
const bodyBytesKept = 64 * 1024 * 1024
const indexBytesKept = 128 * 1024 * 1024
/** What an entry takes besides, so that small ones are bounded too. */
const entryBytes = 512

export function fileContents(bucket: Bucket): FileContents {
  const bodies = new LRUCache<string, Uint8Array>({
    maxSize: bodyBytesKept,
    sizeCalculation: (body) => body.length + entryBytes,
  })
  const indexes = new LRUCache<string, PairIndex>({
    maxSize: indexBytesKept,
    sizeCalculation: ({ sorted }) => sorted.byteLength + entryBytes,
  })

  /** A small body may be a view of a large buffer, which would stay with it: what counts for the bound is a copy of its own. */
  const keep = (key: string, body: Uint8Array): void => {
    bodies.set(key, body.byteLength < body.buffer.byteLength ? new Uint8Array(body) : body)
  }

  async function textOf(key: string): Promise<Uint8Array | undefined> {
    const body = bodies.get(key) ?? (await read(key))
    if (body === undefined) return undefined
    if (!key.endsWith('.gz')) return body
    // Not gzip, whatever its name says: Audience Manager applies nothing of it either.
    if (body[0] !== 0x1f || body[1] !== 0x8b) return new Uint8Array()
    try {
      return await unzip(body, { maxOutputLength: maxTextBytes })
    } catch {
      return undefined
    }
  }

  async function read(key: string): Promise<Uint8Array | undefined> {
    const object = await bucket.get(key)
    if (object.kind !== 'object') return undefined
    keep(key, object.bytes)
    return object.bytes
  }

  return {
    remember: keep,
    forget: (key) => {
      bodies.delete(key)
      indexes.delete(key)
    },
    index: async (key) => {
      const known = indexes.get(key)
      if (known !== undefined) return known
      const text = await textOf(key)
      if (text === undefined) return undefined
      const index = pairIndex(pairsIn(text))
      indexes.set(key, index)
      return index
    },
    pairs: async (key, hashes) => {
      const text = await textOf(key)
      if (text === undefined) return undefined
      const found: PairState[] = []
      for (const pair of pairsIn(text)) {
        if (hashes.has(pairHash(pair.id, pair.sid))) found.push(pair)
      }
      return found
    },
  }
}
