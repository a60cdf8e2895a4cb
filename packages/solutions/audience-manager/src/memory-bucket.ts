import { gunzipSync } from 'node:zlib'
import type { Refusal } from '@segue/solution-kit'
import type { Bucket } from './bucket.ts'

/** A bucket in memory, for tests of what is built on one. */
export interface MemoryBucket extends Bucket {
  /** May be replaced, as may `get`. */
  list: Bucket['list']
  get: Bucket['get']
  readonly objects: Map<string, Uint8Array>
  /** When each was stored; the clock stands still unless the test moves it. */
  readonly storedMs: Map<string, number>
  nowMs: number
  /** Answers of the next puts: `lost` refuses and stores nothing, `kept` refuses and stores all the same. */
  readonly putFaults: { readonly how: 'lost' | 'kept'; readonly refusal: Refusal }[]
  /** The answer of every list and get while it is set. */
  readFault: Refusal | undefined
  readonly text: (key: string) => string
  /** Writes the receipt of a file. */
  readonly process: (receiptKey: string) => void
}

export function memoryBucket(): MemoryBucket {
  const objects = new Map<string, Uint8Array>()
  const storedMs = new Map<string, number>()
  const self: MemoryBucket = {
    objects,
    storedMs,
    nowMs: 0,
    putFaults: [],
    readFault: undefined,
    put: (key, body) => {
      const fault = self.putFaults.shift()
      if (fault?.how !== 'lost') {
        if (objects.has(key)) return Promise.resolve({ kind: 'exists' })
        objects.set(key, body)
        storedMs.set(key, self.nowMs)
      }
      if (fault === undefined) return Promise.resolve({ kind: 'stored' })
      return Promise.resolve({ kind: 'refused', refusal: fault.refusal })
    },
    list: (prefix) => {
      if (self.readFault !== undefined) {
        return Promise.resolve({ kind: 'refused', refusal: self.readFault })
      }
      const found = [...objects].flatMap(([key, { length: bytes }]) =>
        key.startsWith(prefix) ? [{ key, modifiedMs: storedMs.get(key) ?? 0, bytes }] : [],
      )
      return Promise.resolve({ kind: 'objects', objects: found })
    },
    get: (key) => {
      if (self.readFault !== undefined) {
        return Promise.resolve({ kind: 'refused', refusal: self.readFault })
      }
      const bytes = objects.get(key)
      return Promise.resolve(bytes === undefined ? { kind: 'absent' } : { kind: 'object', bytes })
    },
    close: () => undefined,
    text: (key) => gunzipSync(objects.get(key) ?? new Uint8Array()).toString(),
    process: (receiptKey) => {
      storedMs.set(receiptKey, self.nowMs)
      objects.set(receiptKey, new TextEncoder().encode('{"recordsReceived":1}'))
    },
  }
  return self
}
