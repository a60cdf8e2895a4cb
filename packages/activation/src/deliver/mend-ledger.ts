import { desired } from '@segue/profile'
import {
  hashProfileKey,
  laggingRecords,
  systemRandom,
  unpackEntry,
  unpackProfile,
  type LedgerEntry,
} from '@segue/runtime'
import { profilesPerClaim } from './claim-chunk.ts'
import { deliverRows } from './deliver-rows.ts'
import type { DeliverySession } from './delivery-session.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { PendingRow } from './pending-rows.ts'

/** A membership that a solution was told of, or may have been. */
export interface Telling {
  readonly partition: number
  readonly dataflow: string
  /** By name: a dictionary that lost its newest entries may give the index to another. */
  readonly segment: string
  readonly profileKey: string
  /** What it was told of: anything older may be ignored over there. */
  readonly revisionMs: number
  /** Of the receipt; of what may have arrived, when that was. */
  readonly receiptMs: number
  readonly receiptSequence: number
}

/** What a solution had been told and the ledger had forgotten. */
export interface LedgerLoss {
  readonly solution: string
  /** Memberships. */
  readonly lost: number
  /** Of those, that could not be told again. */
  readonly left: number
}

interface Mended {
  readonly lost: number
  /** Of those, that were told again with the state as it is now. */
  readonly toldAgain: number
}

/**
 * Compares what this process told a solution lately with what the ledger knows, and tells again what it does not: a store that
 * lost its tail has forgotten that, while the solution has not. What is found is first put in doubt in the ledger, so that
 * whoever is next tells it whatever the ledger would call known, and then told at once.
 *
 * @param doubted those that it has put in doubt and not told again yet
 * @param interruptedMs when the store was there again, epoch milliseconds
 * @throws where the store does not answer; what was not told again is still remembered
 */
export async function mendLedger(
  session: DeliverySession,
  doubted: WeakSet<Telling>,
  interruptedMs: number,
): Promise<Mended> {
  const end = { lost: 0, toldAgain: 0 }
  const groups = Map.groupBy(session.tellings.all(), ({ partition, dataflow }) =>
    JSON.stringify([partition, dataflow]),
  )
  for (const tellings of groups.values()) {
    for (let from = 0; from < tellings.length; from += profilesPerClaim) {
      const part = await mendPart(
        session,
        doubted,
        tellings.slice(from, from + profilesPerClaim),
        interruptedMs,
      )
      end.lost += part.lost
      end.toldAgain += part.toldAgain
    }
  }
  return end
}

/** @param tellings of one partition and dataflow, at most `profilesPerClaim` */
async function mendPart(
  session: DeliverySession,
  doubted: WeakSet<Telling>,
  tellings: readonly Telling[],
  interruptedMs: number,
): Promise<Mended> {
  const [first] = tellings
  if (first === undefined) return { lost: 0, toldAgain: 0 }
  const { ports, options } = session
  const { partition, dataflow } = first
  const { segments } = await ports.store.open(partition)
  const indices = new Map(segments.map((segment, index) => [segment, index]))
  const keys = [...new Set(tellings.map(({ profileKey }) => profileKey))]
  const read = await ports.ledger.entries(partition, dataflow, options.solution.name, keys)
  const entries = new Map(keys.map((profileKey, index) => [profileKey, unpackEntry(read[index])]))
  const unknown = tellings.filter((telling) => {
    const segment = indices.get(telling.segment)
    return !isKnown(telling, entries.get(telling.profileKey), segment, doubted.has(telling))
  })
  if (unknown.length === 0) return { lost: 0, toldAgain: 0 }
  const lost = await stillWanted(session, unknown)
  const rows = await doubt(session, lost, indices)
  for (const { telling } of rows) doubted.add(telling)
  if (!(await hasCaughtUp(session, partition, interruptedMs))) {
    return { lost: lost.length, toldAgain: 0 }
  }
  const again = await tellAgain(session, dataflow, rows)
  for (const telling of again) session.tellings.forget(telling)
  return { lost: lost.length, toldAgain: again.length }
}

/** Whether the ledger knows of the telling, or of a newer one, or somebody else's doubt that covers it. */
function isKnown(
  { receiptMs, receiptSequence }: Telling,
  entry: LedgerEntry | undefined,
  segment: number | undefined,
  isDoubted: boolean,
): boolean {
  if (entry === undefined || segment === undefined) return false
  if (entry.doubts.has(segment)) return !isDoubted
  const record = entry.records.get(segment)
  if (record === undefined || record.status === 'none') return false
  if (record.receiptMs !== receiptMs) return record.receiptMs > receiptMs
  return record.receiptSequence >= receiptSequence
}

/**
 * Whether the partition's state is what its log says again. Until then it is older than what was told, and what is stepped
 * again has the revision that it had: a solution that orders by these would take it for older than what it is told meanwhile.
 */
async function hasCaughtUp(
  { ports }: DeliverySession,
  partition: number,
  interruptedMs: number,
): Promise<boolean> {
  const counters = await ports.store.counters(partition)
  if (laggingRecords(counters) <= 0) return true
  const { offset } = await ports.store.open(partition)
  return Number(offset.split('-', 1)[0]) >= interruptedMs
}

/** Those whose segment is still activated, and whose profile was not erased: of these the ledger knows nothing by intent. */
async function stillWanted(
  { ports, options, tellings }: DeliverySession,
  unknown: readonly Telling[],
): Promise<readonly Telling[]> {
  const partition = unknown[0]?.partition ?? 0
  const tombstones = await ports.erasures.tombstones(partition)
  const erased = new Set(tombstones.map(({ hash }) => hash))
  const salt = erased.size === 0 ? undefined : await ports.erasures.salt()
  return unknown.filter((telling) => {
    const { dataflow, segment, profileKey } = telling
    const known = options.dataflow(dataflow)
    const isActivated =
      known?.enabled === true &&
      known.segments[segment]?.solutions.includes(options.solution.name) === true
    const isErased = salt !== undefined && erased.has(hashProfileKey(salt, profileKey))
    if (isActivated && !isErased) return true
    tellings.forget(telling)
    return false
  })
}

/**
 * Notes in the ledger that these may have been told, and lets go of them at once.
 * @returns rows for those that could be noted; a segment that the store has lost comes back with the update that named it
 */
async function doubt(
  { ports, options }: DeliverySession,
  lost: readonly Telling[],
  indices: ReadonlyMap<string, number>,
): Promise<readonly { readonly telling: Telling; readonly row: PendingRow }[]> {
  const named = lost.flatMap((telling) => {
    const segment = indices.get(telling.segment)
    return segment === undefined ? [] : [{ telling, segment }]
  })
  const [first] = named
  if (first === undefined) return []
  const { partition, dataflow } = first.telling
  const byProfile = Map.groupBy(named, ({ telling }) => telling.profileKey)
  const token = (ports.random ?? systemRandom).token(6)
  const answers = await ports.ledger.claim(
    partition,
    dataflow,
    options.solution.name,
    token,
    0,
    Array.from(byProfile, ([profileKey, own]) => ({
      profileKey,
      segments: own.map(({ segment }) => segment),
    })),
  )
  return [...byProfile].flatMap(([profileKey, own], index) => {
    const answer = answers[index]
    if (answer?.status !== 'claimed') return []
    const profile =
      answer.profile === undefined ? undefined : unpackProfile(profileKey, answer.profile)
    return own.map(({ telling, segment }) => {
      const now = desired(profile, segment)
      // Later than what the solution has, or the state would lose against it there.
      const revisionMs = Math.max(now.revisionMs, telling.revisionMs + 1)
      const revisionSequence = revisionMs === now.revisionMs ? now.revisionSequence : 0
      const realized = now.status === 'realized'
      const row = { profileKey, segment, revisionMs, revisionSequence, solutions: 0, realized }
      return { telling, row: { partition, range: undefined, position: 0, row } }
    })
  })
}

/** @returns those that were told, or turned out to be nobody's to tell */
async function tellAgain(
  session: DeliverySession,
  dataflow: string,
  doubted: readonly { readonly telling: Telling; readonly row: PendingRow }[],
): Promise<readonly Telling[]> {
  if (doubted.length === 0 || session.calls.pausedForMs('deliver') > 0) return []
  const rows = doubted.map(({ row }) => row)
  const way = session.resendWay
  const deliver = () => deliverRows(session, dataflow, rows, way, 0)
  const end = await (way === 'pool' ? deliver() : oneAtATime(session, 'window', deliver))
  return end?.remaining === 0 ? doubted.map(({ telling }) => telling) : []
}
