import { readNarrow, readText, shortLimit, Slab } from './slab.ts'
import { isNumbers, isTexts, Unreadable, unknownVersion, unpacked } from './unreadable.ts'

/** A pointer to a membership that changed: which, at what revision, and for which solutions. */
export interface OutboxRow {
  readonly profileKey: string
  /** Index in the partition's dictionary. */
  readonly segment: number
  readonly revisionMs: number
  readonly revisionSequence: number
  /** Bit i: the dataflow's i-th solution. */
  readonly solutions: number
  /** What was desired when the row was written; for people who look at the queues, never for what is sent. */
  readonly realized: boolean
}

/** Orders everything that happens in a partition (design §5). */
export type Revision = Pick<OutboxRow, 'revisionMs' | 'revisionSequence'>

/** Rows of one commit and bucket, at most this many: a range of a bucket is a whole number of chunks. */
export const rowsPerChunkLimit = 256

/**
 * Version 2, big-endian: version, then rows to the end, each flags, segment (2 bytes), solutions (4), revision (6 and 4; 6 and 6 where
 * it is long), profile key behind its length (2).
 *
 * By hand, as profiles are packed, and for the same reason.
 */
export const chunkVersion = 2
const isRealized = 0x01
const hasLongSequence = 0x02
/** Version 1 is a msgpack list of three: version, keys, and `rowStride` numbers a row. */
const msgpackList = 0x93
const msgpackVersion = 1
const rowStride = 5
const rowBytesMax = 1 + 2 + 4 + 6 + 6 + 2

const slab = new Slab()

/** A chunk under construction: keys beside numbers, so that packing allocates no object a row. */
export interface ChunkDraft {
  readonly keys: string[]
  readonly numbers: number[]
}

/** Adds a row to a draft. */
export function draftRow(draft: ChunkDraft, row: OutboxRow): void {
  const { profileKey, segment, revisionMs, revisionSequence, solutions, realized } = row
  draftFields(draft, profileKey, segment, revisionMs, revisionSequence, solutions, realized)
}

/** The same without a row in between: some hundred thousand are drafted a second. */
export function draftFields(
  { keys, numbers }: ChunkDraft,
  profileKey: string,
  segment: number,
  revisionMs: number,
  revisionSequence: number,
  solutions: number,
  realized: boolean,
): void {
  keys.push(profileKey)
  numbers.push(segment, revisionMs, revisionSequence, solutions, realized ? 1 : 0)
}

/** @returns the chunk as it goes into a bucket */
export function packChunk({ keys, numbers }: ChunkDraft): Buffer {
  let bound = 1
  for (let index = 0; index < keys.length; index += 1) {
    bound += rowBytesMax + keys[index]!.length * 3
  }
  let at = slab.reserve(bound)
  const { bytes, view } = slab
  bytes[at++] = chunkVersion
  for (let index = 0; index < keys.length; index += 1) {
    const from = index * rowStride
    const sequence = numbers[from + 2]!
    const isLong = sequence >= shortLimit
    bytes[at] = (numbers[from + 4] === 1 ? isRealized : 0) | (isLong ? hasLongSequence : 0)
    view.setUint16(at + 1, numbers[from]!)
    view.setUint32(at + 3, numbers[from + 3]!)
    at = slab.writeNarrow(numbers[from + 1]!, at + 7)
    if (isLong) at = slab.writeNarrow(sequence, at)
    else {
      view.setUint32(at, sequence)
      at += 4
    }
    at = slab.writeText(keys[index]!, at)
  }
  return slab.take(at)
}

/** Stands in rows whose profile was erased; no identity's namespace is empty. */
export const erasedKey = ':erased'

/**
 * Takes an erased profile's key out of a chunk. Rows keep their places, since others are counted by them.
 *
 * @param before rows whose revision does not come before it are those of a profile that was begun anew
 * @returns the chunk anew and the number of rows that were changed, or undefined where it names nobody erased
 */
export function scrubChunk(
  payload: Buffer,
  profileKey: string,
  before: Revision,
): { readonly chunk: Buffer; readonly rows: number } | undefined {
  if (!payload.includes(profileKey)) return undefined
  const draft: ChunkDraft = { keys: [], numbers: [] }
  let rows = 0
  for (const row of unpackChunk(payload)) {
    const erased = row.profileKey === profileKey && isBefore(row, before)
    rows += Number(erased)
    draftRow(draft, erased ? { ...row, profileKey: erasedKey } : row)
  }
  return rows === 0 ? undefined : { chunk: packChunk(draft), rows }
}

/** Whether the row is older. */
export function isBefore(row: Revision, { revisionMs, revisionSequence }: Revision): boolean {
  return (
    row.revisionMs < revisionMs ||
    (row.revisionMs === revisionMs && row.revisionSequence < revisionSequence)
  )
}

/** @throws Unreadable where the chunk is not of a known version, or damaged */
export function unpackChunk(payload: Uint8Array): OutboxRow[] {
  const [first] = payload
  if (first === chunkVersion) return read(payload)
  if (first === msgpackList) return readMsgpack(payload)
  throw unknownVersion('OUTBOX_CHUNK_UNREADABLE', 'outbox chunk', first, chunkVersion)
}

function read(payload: Uint8Array): OutboxRow[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const rows: OutboxRow[] = []
  try {
    for (let at = 1; at < payload.byteLength;) {
      const flags = view.getUint8(at)
      const isLong = (flags & hasLongSequence) !== 0
      const keyAt = at + 13 + (isLong ? 6 : 4)
      const { text, to } = readText(payload, view, keyAt)
      rows.push({
        profileKey: text,
        segment: view.getUint16(at + 1),
        revisionMs: readNarrow(view, at + 7),
        revisionSequence: isLong ? readNarrow(view, at + 13) : view.getUint32(at + 13),
        solutions: view.getUint32(at + 3),
        realized: (flags & isRealized) !== 0,
      })
      at = to
    }
    return rows
  } catch {
    throw damaged()
  }
}

function readMsgpack(payload: Uint8Array): OutboxRow[] {
  const stored = unpacked(payload)
  const [version, keys, numbers]: unknown[] = Array.isArray(stored) ? stored : []
  if (
    version !== msgpackVersion ||
    !isTexts(keys) ||
    !isNumbers(numbers) ||
    numbers.length !== keys.length * rowStride
  ) {
    throw damaged()
  }
  return keys.map((profileKey, index) => {
    const at = index * rowStride
    return {
      profileKey,
      segment: numbers[at]!,
      revisionMs: numbers[at + 1]!,
      revisionSequence: numbers[at + 2]!,
      solutions: numbers[at + 3]!,
      realized: numbers[at + 4] === 1,
    }
  })
}

function damaged(): Unreadable {
  return new Unreadable('OUTBOX_CHUNK_UNREADABLE', 'outbox chunk is damaged: it has no rows', false)
}
