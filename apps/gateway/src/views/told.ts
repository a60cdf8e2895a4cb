import type { ProfileKey } from '@segue/model'
import { unpackEntry } from '@segue/runtime'
import type { CallReceipt, Dataflow, LedgerEntry, LedgerRecord } from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'
import { timeOf } from './time-of.ts'

/** Receipts looked up for one answer: a profile in hundreds of segments need not cost hundreds of look-ups. */
const receiptsMax = 200

/** What one solution was told of a profile, by one dataflow. */
export interface Told {
  readonly dataflow: string
  readonly solution: string
  readonly entry: LedgerEntry
}

/** A record of the ledger, and whose. */
export interface ToldRecord {
  readonly solution: string
  readonly record: LedgerRecord
}

/** What is known of what was sent, beside the ledger. */
export interface SentLookups {
  /** By solution and id, as far as they are kept. */
  readonly receipts: ReadonlyMap<string, CallReceipt>
  /** Those whose rows are accepted and not known to be applied. */
  readonly followed: ReadonlySet<string>
}

/** What solutions were told of a profile; none where they were told nothing. */
export async function entriesOf(
  { ports }: Sandbox,
  profileKey: ProfileKey,
  partition: number,
  flows: readonly Dataflow[],
): Promise<readonly Told[]> {
  const all = await Promise.all(
    flows.flatMap(({ id, solutions }) =>
      solutions.map(async (solution) => {
        const [packed] = await ports.ledger.entries(partition, id, solution, [profileKey])
        return packed === undefined ? [] : [{ dataflow: id, solution, entry: unpackEntry(packed) }]
      }),
    ),
  )
  return all.flat()
}

/** Looks up what belongs to these records, at most 200 receipts. */
export async function sentLookups(
  sandbox: Sandbox,
  records: readonly ToldRecord[],
): Promise<SentLookups> {
  const [receipts, followed] = await Promise.all([
    receiptsOf(sandbox, records),
    followedOf(sandbox, records),
  ])
  return { receipts, followed }
}

async function receiptsOf(
  { ports }: Sandbox,
  told: readonly ToldRecord[],
): Promise<ReadonlyMap<string, CallReceipt>> {
  const wanted = new Map<string, ToldRecord>()
  for (const { solution, record } of told) {
    if (record.receiptMs > 0) wanted.set(receiptName(solution, record), { solution, record })
  }
  const found = new Map<string, CallReceipt>()
  await Promise.all(
    [...wanted].slice(0, receiptsMax).map(async ([name, { solution, record }]) => {
      const receipt = await ports.records.receipt(
        solution,
        record.receiptMs,
        record.receiptSequence,
      )
      if (receipt !== undefined) found.set(name, receipt)
    }),
  )
  return found
}

async function followedOf(
  { ports }: Sandbox,
  told: readonly ToldRecord[],
): Promise<ReadonlySet<string>> {
  const followed = new Set<string>()
  for (const [solution, own] of Map.groupBy(told, (one) => one.solution)) {
    const records = own.map(({ record }) => record).filter(({ effect }) => effect === 'followed')
    const still = await ports.records.following(solution, records)
    for (const [index, record] of records.entries()) {
      if (still[index] !== undefined) followed.add(receiptName(solution, record))
    }
  }
  return followed
}

/** What was sent by one record, as it is shown: with its receipt, and whether it is applied. */
export function sentView({ solution, record }: ToldRecord, lookups: SentLookups): SentView {
  const receipt = lookups.receipts.get(receiptName(solution, record))
  const kept =
    receipt === undefined
      ? {}
      : {
          rows: receipt.rows,
          delivered: receipt.delivered,
          requestIds: receipt.requestIds,
          ...(receipt.traceId === undefined ? {} : { traceId: receipt.traceId }),
        }
  return {
    status: record.status,
    applied: isApplied(solution, record, lookups.followed),
    identityCount: record.identityCount,
    revision: `${record.revisionMs}-${record.revisionSequence}`,
    ...(record.receiptMs === 0
      ? {}
      : { sentAt: timeOf(record.receiptMs), receipt: { id: receiptId(record), ...kept } }),
  }
}

export interface SentView {
  readonly status: LedgerRecord['status']
  readonly applied: boolean
  readonly identityCount: number
  readonly revision: string
  readonly sentAt?: string
  readonly receipt?: object
}

function isApplied(solution: string, record: LedgerRecord, followed: ReadonlySet<string>): boolean {
  if (record.effect === 'followed') return !followed.has(receiptName(solution, record))
  return record.effect === 'applied'
}

function receiptName(solution: string, record: LedgerRecord): string {
  return `${solution}|${receiptId(record)}`
}

function receiptId({ receiptMs, receiptSequence }: LedgerRecord): string {
  return `${receiptMs}-${receiptSequence}`
}
