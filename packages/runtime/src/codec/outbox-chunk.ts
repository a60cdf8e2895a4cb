import { packr } from './packr.ts'
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

/** Version of the packed shape; its first element. */
export const chunkVersion = 1
const rowStride = 5

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
export function packChunk(draft: ChunkDraft): Buffer {
  return packr.pack([chunkVersion, draft.keys, draft.numbers])
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
  const stored = unpacked(payload)
  const [version, keys, numbers]: unknown[] = Array.isArray(stored) ? stored : []
  if (version !== chunkVersion) {
    throw unknownVersion('OUTBOX_CHUNK_UNREADABLE', 'outbox chunk', version, chunkVersion)
  }
  if (!isTexts(keys) || !isNumbers(numbers) || numbers.length !== keys.length * rowStride) {
    throw new Unreadable(
      'OUTBOX_CHUNK_UNREADABLE',
      'outbox chunk is damaged: it has no rows',
      false,
    )
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
