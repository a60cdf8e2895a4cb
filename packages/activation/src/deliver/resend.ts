import { unpackEntry, type LedgerRecord, type ReceiptId } from '@segue/runtime'
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
 *
 * @param lost the receipt that matches, where the solution lost its rows
 */
export async function resend(
  session: DeliverySession,
  dataflow: string,
  attempt: number,
  matches: (told: Told) => boolean,
  lost?: ReceiptId,
): Promise<RowsEnd> {
  const { ports, options } = session
  const end: RowsEnd = { remaining: 0, tried: false, afterMs: 0 }
  const deliver = async (rows: readonly PendingRow[]): Promise<void> => {
    const part = await deliverRows(session, dataflow, rows, session.resendWay, attempt, lost)
    end.remaining += part.remaining
    end.tried ||= part.tried
    end.afterMs = Math.max(end.afterMs, part.afterMs)
  }
  for (let partition = 0; partition < options.partitionCount; partition += 1) {
    const { segments } = await ports.store.open(partition)
    const solution = options.solution.name
    let rows: PendingRow[] = []
    let cursor = '0'
    do {
      const part = await ports.ledger.scan(partition, dataflow, solution, cursor, entriesPerRead)
      cursor = part.cursor
      for (const { profileKey, entry } of part.entries) {
        for (const [segment, record] of unpackEntry(entry).records) {
          if (!matches({ segment: segments[segment] ?? '', record })) continue
          rows.push(rowOf(partition, profileKey, segment, record))
        }
      }
      if (rows.length >= rowsPerDelivery) {
        await deliver(rows)
        rows = []
      }
    } while (cursor !== '0' && session.calls.pausedForMs('deliver') === 0)
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
