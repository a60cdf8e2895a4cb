import { ownedBy, type Move } from './progress.ts'

/** A worker and when something happened to it. */
export interface Marked {
  readonly worker: string
  readonly atMs: number
}

/** A worker that was killed, and who owned each partition then (`worker:nonce`). */
export interface Killed extends Marked {
  readonly owners: readonly string[]
}

/** A partition of a worker that was killed: after the kill, when another owner was seen, and its first commit. */
export interface TakeOver {
  readonly worker: string
  readonly partition: number
  readonly movedMs: number
  /** Absent where none was seen. */
  readonly committedMs?: number
}

/** A worker that came: the partitions it took, and when it had the last of them, after its process was started. */
export interface Share {
  readonly worker: string
  readonly partitions: number
  readonly tookMs: number
}

/** What it takes later than this is no part of its coming. */
const shareWithinMs = 8_000

/**
 * What became of the partitions of a worker that was killed: of each the first move away. The worker may come back under its name;
 * what it owns then has another nonce.
 */
export function takeOversOf(
  { worker, atMs, owners }: Killed,
  moves: readonly Move[],
): readonly TakeOver[] {
  const firsts = new Map<number, Move>()
  for (const move of moves) {
    const owned = ownedBy(move.from, worker) && move.from === owners[move.partition]
    const left = owned && move.atMs > atMs
    if (left && !firsts.has(move.partition)) firsts.set(move.partition, move)
  }
  return Array.from(firsts.values(), (move) => ({
    worker,
    partition: move.partition,
    movedMs: move.atMs - atMs,
    ...(move.committedMs === undefined ? {} : { committedMs: move.committedMs - atMs }),
  }))
}

/** What a worker took that was started. @returns undefined where it took nothing */
export function shareOf({ worker, atMs }: Marked, moves: readonly Move[]): Share | undefined {
  const taken = moves.filter(
    (move) => move.atMs > atMs && move.atMs < atMs + shareWithinMs && ownedBy(move.to, worker),
  )
  if (taken.length === 0) return undefined
  const lastMs = Math.max(...taken.map((move) => move.atMs))
  return { worker, partitions: taken.length, tookMs: lastMs - atMs }
}
