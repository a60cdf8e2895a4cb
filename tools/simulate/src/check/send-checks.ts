import { desired } from '@segue/profile'
import { unpackEntry, unpackProfile, type Dataflow, type LedgerEntry } from '@segue/runtime'
import type { Delivery } from '@segue/solution-kit'
import type { SolutionWatch } from '../load/simulated-solution.ts'
import type { Scene } from './scene.ts'

/** Watches what solutions are told, and when. */
export interface SendChecks extends SolutionWatch {
  /** The store is about to carry out a claim of these profiles. */
  readonly claiming: (
    partition: number,
    dataflow: string,
    solution: string,
    profileKeys: readonly string[],
  ) => void
  /** The store lost the ends of these partitions: what was claimed or told there since may come again, or be older. */
  readonly cut: () => void
  /** `solution|profile key` of whom something was told since then, and by which host. */
  readonly toldSince: (ms: number) => readonly { readonly key: string; readonly host: string }[]
  readonly counts: { sends: number; rows: number }
}

interface Flight {
  readonly host: string
  readonly segment: string
  excused: boolean
}

/** What was true of a profile when it was claimed last. */
interface Claimed {
  readonly dataflow: string
  readonly entry: LedgerEntry
  /** Segment → what a solution should know of it then. */
  readonly known: ReadonlyMap<
    string,
    { readonly index: number; readonly status: string; readonly revisionMs: number }
  >
}

/** A membership that changed before within this many delays may be sent before its newest change has waited. */
const flappingDelays = 30

/** @param clockErrorMs how wrong the time of a worker may be that is told over a slow network */
export function createSendChecks(
  scene: Scene,
  dataflow: (id: string) => Dataflow | undefined,
  clockErrorMs: number,
): SendChecks {
  const { store, truth, verdict, time, tell } = scene
  const newest = new Map<string, { readonly revisionMs: number; readonly status: string }>()
  /** `solution|profile key` → sends under way. One delivery may tell of several segments at once; only one may of each. */
  const inFlight = new Map<string, Set<Flight>>()
  const claims = new Map<string, Claimed>()
  const counts = { sends: 0, rows: 0 }
  const told: { readonly atMs: number; readonly key: string; readonly host: string }[] = []

  const keyOf = (solution: string, { identities }: Delivery): string =>
    `${solution}|${truth.ownerOf(identities[0] ?? '')}`

  /** Of the counterpart that stands for the segment now: one that was made anew is told again of everybody. */
  const generationOf = (solution: string, flow: string, segment: string): number => {
    const json = store.solutions.get(solution)?.counterparts.get(`${flow}|${segment}`)
    const { generation }: { generation: number } =
      json === undefined ? { generation: 0 } : JSON.parse(json)
    return generation
  }
  const checkRow = (solution: string, host: string, row: Delivery): void => {
    const key = keyOf(solution, row)
    const claimed = claims.get(key)
    const what = `${row.status} ${row.segment} of ${key.slice(solution.length + 1)} to ${solution}`
    tell(`${host} sends ${what}, as of ${row.revisionMs}`)
    if (claimed === undefined) return
    const then = claimed.known.get(row.segment)
    if (then !== undefined && (row.revisionMs < then.revisionMs || row.status !== then.status)) {
      verdict.fail('order', `${host} sends ${what}, but it was ${then.status} when it was claimed`)
    }
    checkNeeded(claimed, solution, row, what, then?.index)
  }
  /** Net zero sends nothing (design §6, invariant 6): a change waits for its opposite, and no exit is told of what never was. */
  const checkNeeded = (
    { dataflow: id, entry }: Claimed,
    solution: string,
    row: Delivery,
    what: string,
    index: number | undefined,
  ): void => {
    if (index === undefined || entry.doubts.size > 0) return
    const record = entry.records.get(index)
    if (record !== undefined && record.generation !== generationOf(solution, id, row.segment))
      return
    if (row.status === 'exited') {
      if ((record?.status ?? 'none') === 'none') {
        verdict.fail('net-zero', `${what} goes out, and nothing was told before`)
      }
      return
    }
    const flow = dataflow(id)
    const ageMs = time.now() - row.revisionMs
    if (flow === undefined || ageMs >= flow.activationDelayMs - clockErrorMs) return
    const earlier = truth.toldOf(truth.ownerOf(row.identities[0] ?? ''), row.segment)
    const recentMs = row.revisionMs - flappingDelays * flow.activationDelayMs
    const isFlapping = earlier.some((atMs) => atMs < row.revisionMs && atMs > recentMs)
    if (isFlapping || (record?.heldSinceMs ?? 0) > 0 || record?.status === 'realized') return
    verdict.fail('net-zero', `${what} goes out ${Math.round(ageMs)} ms after the change`)
  }
  /** Never older after newer (design §6, invariant 5). */
  const took = (solution: string, row: Delivery): void => {
    const key = `${keyOf(solution, row)}|${row.segment}`
    const { revisionMs: before = 0, status } = newest.get(key) ?? {}
    // What was told again after a loss of the store is told as of a millisecond later, so that it is not taken for old.
    const isRepeat = row.status === status && row.revisionMs === before - 1
    if (row.revisionMs < before && !isRepeat) {
      verdict.fail('order', `${key} is told of ${row.revisionMs} after ${before}`)
    }
    newest.set(key, { revisionMs: Math.max(before, row.revisionMs), status: row.status })
  }
  return {
    counts,
    claiming: (partition, id, solution, profileKeys) => {
      const { profiles, segments, ledgers } = store.partitions[partition]!
      for (const profileKey of profileKeys) {
        const packed = profiles.get(profileKey)
        const profile = packed === undefined ? undefined : unpackProfile(profileKey, packed)
        const known = new Map(
          segments.map((segment, index) => [segment, { index, ...desired(profile, index) }]),
        )
        const entry = unpackEntry(ledgers.get(`${id}:${solution}`)?.get(profileKey))
        const key = `${solution}|${profileKey}`
        if (entry.claimedUntilMs <= time.clock.nowMs())
          claims.set(key, { dataflow: id, entry, known })
      }
    },
    sent: (solution, host, rows) => {
      counts.sends += 1
      counts.rows += rows.length
      for (const row of rows) checkRow(solution, host, row)
      const own = rows.map((row) => {
        const key = keyOf(solution, row)
        const flights = inFlight.get(key) ?? new Set<Flight>()
        inFlight.set(key, flights)
        told.push({ atMs: time.now(), key, host })
        const others = [...flights].filter(
          (flight) => !flight.excused && (flight.host !== host || flight.segment === row.segment),
        )
        if (others.length > 0) {
          verdict.fail('one-send', `${host} tells ${key} while ${others[0]?.host} does`)
        }
        const flight: Flight = { host, segment: row.segment, excused: false }
        flights.add(flight)
        return { flights, flight }
      })
      return {
        took: (row) => {
          // What was on its way when the store lost its claim may come late, as is said of such a store.
          if (!own.some(({ flight }) => flight.excused)) took(solution, row)
        },
        through: () => {
          for (const { flights, flight } of own) flights.delete(flight)
        },
      }
    },
    refused: () => undefined,
    toldSince: (ms) => told.filter(({ atMs }) => atMs >= ms),
    cut: () => {
      claims.clear()
      newest.clear()
      for (const flights of inFlight.values()) for (const flight of flights) flight.excused = true
    },
  }
}
