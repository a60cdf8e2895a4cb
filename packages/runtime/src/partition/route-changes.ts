import {
  codes,
  membershipOffset,
  RevisionMs,
  RevisionSequence,
  State,
  type Profile,
} from '@segue/profile'
import {
  draftFields,
  packChunk,
  rowsPerChunkLimit,
  type ChunkDraft,
} from '../codec/outbox-chunk.ts'
import { bookField, type OutboxAppend } from '../ports/partition-store.ts'
import { solutionsOfBits, type Route } from './routes.ts'

/** Buckets are this wide (design §8). */
const bucketMs = 1_000
/** Outcome of a change that is not sent since consent is withdrawn (`reference/platform.md` §9.1). */
const consentExclusion = 'excluded:CONSENT_VIOLATION'

/** Where the changes of one slice go: rows by bucket, and the books. */
export interface Routing {
  /** Writes a row into the bucket of each dataflow that has the changed segments. */
  readonly route: (profile: Profile, changed: readonly number[], nowMs: number) => void
  /** Counts changes that consent withholds, for each solution that they would have gone to. */
  readonly exclude: (withheld: readonly number[]) => void
  readonly appends: () => OutboxAppend[]
  readonly books: () => ReadonlyMap<string, number>
  readonly rows: () => number
  readonly changes: () => number
}

/** One route with what was written by it. */
interface RouteDrafts {
  readonly route: Route
  /** Chunks of at most `rowsPerChunkLimit` rows, by due time. */
  readonly chunks: Map<number, ChunkDraft[]>
  /** Rows and withheld changes by their solution bits: there are few, and the books are named once a slice. */
  readonly sent: Map<number, number>
  readonly withheld: Map<number, number>
  /** Entry time of the newest row, and the chunks it went to: the next most likely goes there too. */
  nowMs: number
  open: ChunkDraft[]
}

export function createRouting(routes: readonly Route[]): Routing {
  const all = routes.map((route): RouteDrafts => ({
    route,
    chunks: new Map(),
    sent: new Map(),
    withheld: new Map(),
    nowMs: -1,
    open: [],
  }))
  let changes = 0
  let rows = 0
  return {
    route: (profile, changed, nowMs) => {
      changes += changed.length
      for (const drafts of all) rows += routeBy(drafts, profile, changed, nowMs)
    },
    exclude: (segments) => {
      for (const { route, withheld } of all) {
        for (const segment of segments) {
          const bits = route.solutionsOf(segment)
          if (bits !== 0) withheld.set(bits, (withheld.get(bits) ?? 0) + 1)
        }
      }
    },
    appends: () => all.flatMap(appendsOf),
    books: () => booksOf(all),
    rows: () => rows,
    changes: () => changes,
  }
}

/** @returns rows written */
function routeBy(
  drafts: RouteDrafts,
  profile: Profile,
  changed: readonly number[],
  nowMs: number,
): number {
  const { solutionsOf } = drafts.route
  const { memberships, identities, condition } = profile
  let rows = 0
  for (const segment of changed) {
    const bits = solutionsOf(segment)
    if (bits === 0) continue
    const offset = membershipOffset(profile, segment)
    draftFields(
      chunkFor(drafts, nowMs),
      identities[0]!,
      segment,
      memberships[offset + RevisionMs]!,
      memberships[offset + RevisionSequence]!,
      bits,
      condition === codes.Active && memberships[offset + State] === codes.Realized,
    )
    drafts.sent.set(bits, (drafts.sent.get(bits) ?? 0) + 1)
    rows += 1
  }
  return rows
}

/** The chunk that takes the next row of an entry of this time. */
function chunkFor(drafts: RouteDrafts, nowMs: number): ChunkDraft {
  if (drafts.nowMs !== nowMs) {
    const { activationDelayMs } = drafts.route
    const dueMs =
      activationDelayMs === 0 ? 0 : Math.ceil((nowMs + activationDelayMs) / bucketMs) * bucketMs
    drafts.open = drafts.chunks.get(dueMs) ?? []
    drafts.chunks.set(dueMs, drafts.open)
    drafts.nowMs = nowMs
  }
  const { open } = drafts
  const last = open[open.length - 1]
  if (last !== undefined && last.keys.length < rowsPerChunkLimit) return last
  const chunk: ChunkDraft = { keys: [], numbers: [] }
  open.push(chunk)
  return chunk
}

function appendsOf({ route, chunks }: RouteDrafts): OutboxAppend[] {
  return [...chunks].flatMap(([dueMs, drafts]) =>
    drafts.map((draft) => ({
      dataflow: route.dataflow,
      dueMs,
      chunk: packChunk(draft),
      rows: draft.keys.length,
    })),
  )
}

function booksOf(all: readonly RouteDrafts[]): ReadonlyMap<string, number> {
  const books = new Map<string, number>()
  const count = (
    { dataflow, solutions }: Route,
    bits: number,
    outcome: string,
    by: number,
  ): void => {
    for (const solution of solutionsOfBits(bits, solutions)) {
      for (const name of ['received', outcome]) {
        const field = bookField(dataflow, solution, name)
        books.set(field, (books.get(field) ?? 0) + by)
      }
    }
  }
  for (const { route, sent, withheld } of all) {
    for (const [bits, rows] of sent) count(route, bits, 'pending', rows)
    for (const [bits, changes] of withheld) count(route, bits, consentExclusion, changes)
  }
  return books
}
