import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Bucket } from './bucket.ts'
import { removalsIn } from './sync-file.ts'

/** Knows which removals are in a file: what was written here is remembered, other files are read from the bucket. */
export interface FileRemovals {
  readonly remember: (key: string, removals: ReadonlySet<string>) => void
  readonly forget: (key: string) => void
  /** See `idAndTrait`; undefined where the file cannot be read. */
  readonly of: (key: string) => Promise<ReadonlySet<string> | undefined>
}

const unzip = promisify(gunzip)
/** Each may hold as many removals as a delivery has rows; open files are few. */
const filesKept = 16

export function fileRemovals(bucket: Bucket, maxFileBytes: number): FileRemovals {
  const known = new LRUCache<string, ReadonlySet<string>>({ max: filesKept })

  async function read(key: string): Promise<ReadonlySet<string> | undefined> {
    const object = await bucket.get(key)
    if (object.kind !== 'object') return undefined
    try {
      const bytes = key.endsWith('.gz')
        ? await unzip(object.bytes, { maxOutputLength: 2 * maxFileBytes })
        : object.bytes
      return removalsIn(new TextDecoder().decode(bytes))
    } catch {
      return undefined
    }
  }

  return {
    remember: (key, removals) => known.set(key, removals),
    forget: (key) => known.delete(key),
    of: async (key) => {
      const found = known.get(key) ?? (await read(key))
      if (found !== undefined) known.set(key, found)
      return found
    },
  }
}
