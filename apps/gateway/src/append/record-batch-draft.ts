import type { ProfileUpdate } from '@segue/model'
import { updateRecord } from '@segue/profile'
import type { LogRecord } from '@segue/profile'
import { packBatch } from '@segue/runtime'

/** A record batch under construction: updates of one partition, and the segments they name, each once. */
export interface RecordBatchDraft {
  readonly partition: number
  readonly records: () => number
  /** About how large it will be, in bytes. */
  readonly bytes: () => number
  readonly add: (update: ProfileUpdate) => void
  readonly pack: () => Buffer
}

export function draftRecordBatch(partition: number): RecordBatchDraft {
  const records: LogRecord[] = []
  const segments: string[] = []
  const indices = new Map<string, number>()
  let bytes = 0
  const indexOf = (segment: string): number => {
    let index = indices.get(segment)
    if (index === undefined) {
      index = segments.length
      segments.push(segment)
      indices.set(segment, index)
      bytes += segment.length
    }
    return index
  }
  return {
    partition,
    records: () => records.length,
    bytes: () => bytes,
    add: (update) => {
      records.push(updateRecord(update, indexOf))
      bytes += recordBytes + update.memberships.length * membershipBytes
      for (const identity of update.identities) bytes += identity.length
    },
    pack: () => packBatch({ segments, records }),
  }
}

/** What a record takes beside identities and memberships, and what one membership takes: two times of nine bytes, and a little. */
const recordBytes = 24
const membershipBytes = 22
