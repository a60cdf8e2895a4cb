import { systemRandom, unpackEntry, type LedgerRecord } from '@segue/runtime'
import { profilesPerClaim } from './claim-chunk.ts'
import { deliverRows, type RowsEnd } from './deliver-rows.ts'
import type { DeliverySession } from './delivery-session.ts'
import type { PendingRow } from './pending-rows.ts'

/** Entries read from a ledger at once. */
const entriesPerRead = 500
/** Rows sent together: few enough that live ones are not held up for long. */
const rowsPerDelivery = 1_000

/** What is known of a membership that a solution was told of. */
export interface Told {
  /** `namespace:id`. */
  readonly segment: string
  readonly record: LedgerRecord
}

/**
 * Tells the solution once more of the memberships that match: reads the ledgers of all partitions from their start and
 * delivers what it finds, with the state of then. Begun anew after a crash it goes on where it was, since what was sent
 * again has a new receipt, and `matches` can tell.
 */
export async function resend(
  session: DeliverySession,
  dataflow: string,
  attempt: number,
  matches: (told: Told) => boolean,
): Promise<RowsEnd> {
  const { options } = session
  const end: RowsEnd = { remaining: 0, tried: false, afterMs: 0 }
  const deliver = async (rows: readonly PendingRow[]): Promise<void> => {
    const part = await deliverRows(session, dataflow, rows, session.resendWay, attempt)
    end.remaining += part.remaining
    end.tried ||= part.tried
    end.afterMs = Math.max(end.afterMs, part.afterMs)
  }
  for (let partition = 0; partition < options.partitionCount; partition += 1) {
    let rows: PendingRow[] = []
    for await (const found of told(session, partition, dataflow, matches)) {
      rows.push(...found)
      if (rows.length >= rowsPerDelivery) {
        await deliver(rows)
        rows = []
      }
      if (session.calls.pausedForMs('deliver') > 0) break
    }
    await deliver(rows)
    const pausedMs = session.calls.pausedForMs('deliver')
    if (pausedMs > 0) {
      end.remaining += 1
      end.afterMs = Math.max(end.afterMs, pausedMs)
      return end
    }
  }
  return end
}

/**
 * Notes in the ledger that the memberships that match may not be what the solution was told, so that whoever next compares or
 * delivers them tells it whatever the ledger would call known.
 *
 * @returns false where another delivery had some of them in hand; the others are noted
 */
export async function doubt(
  session: DeliverySession,
  dataflow: string,
  matches: (told: Told) => boolean,
): Promise<boolean> {
  const { ports, options } = session
  const token = (ports.random ?? systemRandom).token(6)
  let isAll = true
  for (let partition = 0; partition < options.partitionCount; partition += 1) {
    for await (const found of told(session, partition, dataflow, matches)) {
      const claims = Array.from(
        Map.groupBy(found, ({ row }) => row.profileKey),
        ([profileKey, own]) => ({ profileKey, segments: own.map(({ row }) => row.segment) }),
      )
      for (let from = 0; from < claims.length; from += profilesPerClaim) {
        const part = claims.slice(from, from + profilesPerClaim)
        const { name } = options.solution
        // A claim that ends at once leaves its doubts.
        const answers = await ports.ledger.claim(partition, dataflow, name, token, 0, part)
        isAll &&= answers.every(({ status }) => status === 'claimed')
      }
    }
  }
  return isAll
}

/** Rows of the memberships that match, as a partition's ledger is read. */
async function* told(
  { ports, options }: DeliverySession,
  partition: number,
  dataflow: string,
  matches: (told: Told) => boolean,
): AsyncGenerator<readonly PendingRow[]> {
  const { segments } = await ports.store.open(partition)
  const solution = options.solution.name
  let cursor = '0'
  do {
    const part = await ports.ledger.scan(partition, dataflow, solution, cursor, entriesPerRead)
    cursor = part.cursor
    yield part.entries.flatMap(({ profileKey, entry }) =>
      [...unpackEntry(entry).records].flatMap(([segment, record]) =>
        matches({ segment: segments[segment] ?? '', record })
          ? rowOf(partition, profileKey, segment, record)
          : [],
      ),
    )
  } while (cursor !== '0')
}

function rowOf(
  partition: number,
  profileKey: string,
  segment: number,
  record: LedgerRecord,
): PendingRow {
  const { revisionMs, revisionSequence, status } = record
  return {
    partition,
    range: undefined,
    position: 0,
    row: {
      profileKey,
      segment,
      revisionMs,
      revisionSequence,
      solutions: 0,
      realized: status === 'realized',
    },
  }
}
