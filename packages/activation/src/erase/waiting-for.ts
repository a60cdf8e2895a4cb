import {
  unpackEntry,
  type Counterpart,
  type Counterparts,
  type Erasures,
  type ErasureWait,
  type Ledger,
  type LedgerEntry,
  type PartitionStore,
  type SolutionRecords,
} from '@segue/runtime'

export interface AcknowledgementPorts {
  readonly store: PartitionStore
  readonly ledger: Ledger
  readonly counterparts: Counterparts
  readonly records: SolutionRecords
  readonly erasures: Pick<Erasures, 'ledgers'>
}

/** What one solution still has to do, with the segments (dictionary indices) that it may hold the profile in. */
export interface Unacknowledged extends ErasureWait {
  readonly segments: readonly number[]
}

/**
 * What has not confirmed yet that a profile is out, of all that was ever told of it: dataflows that are disabled or deleted
 * too, since what they told stays told.
 *
 * A membership in a counterpart that was removed is none: it went with the list or trait. Where a solution can be asked, an exit
 * that it accepted counts when it is applied, or when nobody asks any more (`follow.ts` gives up after five days); where it cannot,
 * acceptance is all there is.
 *
 * @param nowMs of the store
 */
export async function waitingFor(
  ports: AcknowledgementPorts,
  partition: number,
  profileKey: string,
  nowMs: number,
): Promise<readonly Unacknowledged[]> {
  const [ledgers, { segments }] = await Promise.all([
    ports.erasures.ledgers(partition),
    ports.store.open(partition),
  ])
  const found = await Promise.all(
    ledgers.map(async ({ dataflow, solution }): Promise<Unacknowledged | undefined> => {
      const [packed] = await ports.ledger.entries(partition, dataflow, solution, [profileKey])
      if (packed === undefined) return undefined
      const entry = unpackEntry(packed)
      const counterparts = await ports.counterparts.all(solution, dataflow)
      const held = heldSegments(entry, segments, counterparts)
      const wait = { dataflow, solution, segments: held.segments }
      if (entry.claimedUntilMs > nowMs) return { ...wait, why: 'SENDING' }
      if (held.segments.length > 0) return { ...wait, why: held.told ? 'MEMBER' : 'IN_DOUBT' }
      const accepted = [...entry.records.values()].filter(({ effect }) => effect === 'followed')
      const followed = await ports.records.following(solution, accepted)
      return followed.some((one) => one !== undefined) ? { ...wait, why: 'NOT_APPLIED' } : undefined
    }),
  )
  return found.filter((one) => one !== undefined)
}

/** Segments whose counterpart may hold the profile, and whether it was told so of one of them. */
function heldSegments(
  { records, doubts }: LedgerEntry,
  segments: readonly string[],
  counterparts: ReadonlyMap<string, Counterpart>,
): { readonly segments: readonly number[]; readonly told: boolean } {
  const isThere = (segment: number): boolean =>
    counterparts.get(segments[segment] ?? '')?.remoteId !== undefined
  const told = [...records]
    .filter(([segment, { status }]) => status === 'realized' && isThere(segment))
    .map(([segment]) => segment)
  const doubtful = [...doubts].filter(isThere)
  return { segments: [...new Set([...told, ...doubtful])], told: told.length > 0 }
}
