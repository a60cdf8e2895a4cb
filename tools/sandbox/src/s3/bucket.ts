import { createHash } from 'node:crypto'
import { S3Refused } from './errors.ts'

/** One object of the bucket. */
export interface StoredObject {
  readonly key: string
  readonly content: Buffer
  /** The canned ACL of the upload; empty where none was given. */
  readonly acl: string
  readonly contentType: string
  readonly etag: string
  /** Epoch milliseconds, on the sandbox's clock. */
  readonly modifiedMs: number
}

/** The one bucket, in memory. */
export interface Bucket {
  /** Replaces what the key had. @throws S3Refused ServiceUnavailable where the bucket is full of files that are still needed */
  readonly put: (object: Omit<StoredObject, 'etag'>) => StoredObject
  readonly get: (key: string) => StoredObject | undefined
  readonly remove: (key: string) => void
  /** Keys in byte order from after `afterKey`, one more than `count` where there are more. */
  readonly list: (prefix: string, afterKey: string, count: number) => readonly StoredObject[]
  readonly all: () => IterableIterator<StoredObject>
}

/**
 * @param maxBytes of all objects together; beyond it the oldest that are not needed go
 * @param isNeeded whether an object has still to be processed
 */
export function createBucket(maxBytes: number, isNeeded: (key: string) => boolean): Bucket {
  const objects = new Map<string, StoredObject>()
  /** Keys in order, until the set of keys changes. */
  let ordered: string[] | undefined
  let bytes = 0

  const remove = (key: string): void => {
    const held = objects.get(key)
    if (held === undefined) return
    bytes -= held.content.length
    objects.delete(key)
    ordered = undefined
  }

  const makeRoom = (length: number): void => {
    for (const key of objects.keys()) {
      if (bytes + length <= maxBytes) return
      if (!isNeeded(key)) remove(key)
    }
    if (bytes + length > maxBytes) throw new S3Refused('ServiceUnavailable')
  }

  return {
    put: (given) => {
      remove(given.key)
      makeRoom(given.content.length)
      const etag = `"${createHash('md5').update(given.content).digest('hex')}"`
      const object = { ...given, etag }
      objects.set(given.key, object)
      bytes += given.content.length
      ordered = undefined
      return object
    },
    get: (key) => objects.get(key),
    remove,
    list: (prefix, afterKey, count) => {
      ordered ??= [...objects.keys()].toSorted((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      )
      const found: StoredObject[] = []
      for (const key of ordered) {
        if (found.length > count) break
        if (key <= afterKey || !key.startsWith(prefix)) continue
        const object = objects.get(key)
        if (object !== undefined) found.push(object)
      }
      return found
    },
    all: () => objects.values(),
  }
}
