import { namespaceOf } from '@segue/model'
import type { Identity, ProfileKey } from '@segue/model'
import {
  membershipStates,
  profileStates,
  QualifiedMs,
  RevisionMs,
  RevisionSequence,
  Segment,
  State,
  stride,
  UntilMs,
} from '@segue/profile'
import type { Profile } from '@segue/profile'
import { unpackEntry, unpackProfile } from '@segue/runtime'
import type { CallReceipt, Dataflow, LedgerEntry, LedgerRecord } from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'

/** Receipts looked up for one answer: a profile in hundreds of segments need not cost hundreds of look-ups. */
const receiptsMax = 200

/**
 * What is known of a profile: its state, and what each solution was told.
 * @returns undefined where there is neither
 */
export async function viewProfile(
  sandbox: Sandbox,
  profileKey: ProfileKey,
  partition: number,
): Promise<object | undefined> {
  const { store, dataflows, clock } = sandbox.ports
  const [[packed], { segments }, flows] = await Promise.all([
    store.load(partition, [profileKey]),
    store.open(partition),
    dataflows.list(),
  ])
  const told = await entriesOf(sandbox, profileKey, partition, flows)
  if (packed === undefined && told.length === 0) return undefined
  const nameOf = (segment: number): string => segments[segment] ?? `unknown:${segment}`
  const [receipts, followed] = await Promise.all([
    receiptsOf(sandbox, told),
    followedOf(sandbox, told),
  ])
  const byFlow: Record<string, Record<string, object>> = {}
  for (const one of told) {
    const solutions = (byFlow[one.dataflow] ??= {})
    solutions[one.solution] = entryView(one, nameOf, receipts, followed, clock.nowMs())
  }
  const state =
    packed === undefined ? forgotten : stateView(unpackProfile(profileKey, packed), nameOf)
  return { sandbox: sandbox.name, profileKey, partition, ...state, dataflows: byFlow }
}

/** A profile that solutions still have to acknowledge the leaving of. */
const forgotten = { condition: 'forgotten', identities: [], memberships: [] }

function stateView(profile: Profile, nameOf: (segment: number) => string): object {
  const { memberships } = profile
  const shown: object[] = []
  for (let at = 0; at < memberships.length; at += stride) {
    const untilMs = memberships[at + UntilMs] ?? 0
    shown.push({
      segment: nameOf(memberships[at + Segment] ?? 0),
      status: membershipStates[memberships[at + State] ?? 0],
      lastQualificationTime: timeOf(memberships[at + QualifiedMs] ?? 0),
      ...(untilMs === 0 ? {} : { validUntil: timeOf(untilMs) }),
      revision: `${memberships[at + RevisionMs] ?? 0}-${memberships[at + RevisionSequence] ?? 0}`,
    })
  }
  return {
    condition: profileStates[profile.condition],
    ...(profile.consentAtMs === 0 ? {} : { consentTime: timeOf(profile.consentAtMs) }),
    identities: profile.identities.map(identityView),
    memberships: shown,
  }
}

function identityView(identity: Identity): object {
  const namespace = namespaceOf(identity)
  return { namespace, id: identity.slice(namespace.length + 1) }
}

/** What one solution was told, by one dataflow. */
interface Told {
  readonly dataflow: string
  readonly solution: string
  readonly entry: LedgerEntry
}

async function entriesOf(
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

/** Receipts by solution and id, as far as they are kept. */
async function receiptsOf(
  { ports }: Sandbox,
  told: readonly Told[],
): Promise<ReadonlyMap<string, CallReceipt>> {
  const wanted = new Map<string, { readonly solution: string; readonly record: LedgerRecord }>()
  for (const { solution, entry } of told) {
    for (const record of entry.records.values()) {
      if (record.receiptMs > 0) wanted.set(receiptName(solution, record), { solution, record })
    }
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

/** Names of receipts whose rows are accepted and not known to be applied. */
async function followedOf({ ports }: Sandbox, told: readonly Told[]): Promise<ReadonlySet<string>> {
  const followed = new Set<string>()
  for (const [solution, own] of Map.groupBy(told, (one) => one.solution)) {
    const records = own
      .flatMap(({ entry }) => [...entry.records.values()])
      .filter(({ effect }) => effect === 'followed')
    const still = await ports.records.isFollowed(solution, records)
    for (const [index, record] of records.entries()) {
      if (still[index] === true) followed.add(receiptName(solution, record))
    }
  }
  return followed
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

function entryView(
  { solution, entry }: Told,
  nameOf: (segment: number) => string,
  receipts: ReadonlyMap<string, CallReceipt>,
  followed: ReadonlySet<string>,
  nowMs: number,
): object {
  const sent = Array.from(entry.records, ([segment, record]) => {
    const receipt = receipts.get(receiptName(solution, record))
    const kept =
      receipt === undefined
        ? {}
        : { rows: receipt.rows, delivered: receipt.delivered, requestIds: receipt.requestIds }
    return {
      segment: nameOf(segment),
      status: record.status,
      applied: isApplied(solution, record, followed),
      identityCount: record.identityCount,
      revision: `${record.revisionMs}-${record.revisionSequence}`,
      ...(record.receiptMs === 0
        ? {}
        : { sentAt: timeOf(record.receiptMs), receipt: { id: receiptId(record), ...kept } }),
    }
  })
  return {
    sending: entry.claimedUntilMs > nowMs,
    sent,
    inDoubt: Array.from(entry.doubts, nameOf),
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
