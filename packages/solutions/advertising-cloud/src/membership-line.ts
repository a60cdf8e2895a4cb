import type { Delivery } from '@segue/solution-kit'
import type { IdentityField } from './identity-field.ts'
import { lineTimeMs } from './line-time.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** A row and the identities of it that are sent. */
export interface CheckedRow {
  readonly row: Delivery
  readonly fields: readonly IdentityField[]
}

/** One identity's state in one segment: the newest row about it. */
export interface Membership {
  /** By `membershipKey`. */
  readonly key: string
  readonly row: Delivery
  readonly field: IdentityField
}

/** Names one identity in one segment: what Advertising's end keeps one state of. */
export function membershipKey(row: Pick<Delivery, 'remoteId'>, field: IdentityField): string {
  return `${row.remoteId}/${field.field}:${field.value}`
}

/**
 * Each identity and segment once, with its final state. Where rows disagree (two profiles that share an identity), the newest revision wins and `exited` wins a
 * tie, as everywhere (design §3).
 */
export function planMemberships(rows: readonly CheckedRow[]): readonly Membership[] {
  const final = new Map<string, Membership>()
  for (const { row, fields } of rows) {
    for (const field of fields) {
      const key = membershipKey(row, field)
      const other = final.get(key)
      if (other === undefined || supersedes(row, other.row)) final.set(key, { key, row, field })
    }
  }
  return [...final.values()]
}

function supersedes(row: Delivery, other: Delivery): boolean {
  if (row.revisionMs !== other.revisionMs) return row.revisionMs > other.revisionMs
  return row.status === 'exited'
}

/**
 * The JSON line of a membership, with its line feed (`reference/solutions.md` §3.3, proposed): `{"source_key","external_segment_key","action","ts",` one identity `}`.
 * `ts` keeps milliseconds in either unit: with whole seconds two changes within one second could not be told apart and might end swapped.
 */
export function membershipLine(
  { row, field }: Membership,
  settings: Pick<AdvertisingCloudSettings, 'sourceKey' | 'timeUnit'>,
  nowMs: number,
): string {
  const timeMs = lineTimeMs(row, nowMs)
  const line = {
    source_key: settings.sourceKey,
    external_segment_key: row.remoteId,
    action: row.status === 'realized' ? 'join' : 'leave',
    ts: settings.timeUnit === 'seconds' ? timeMs / 1000 : timeMs,
    [field.field]: field.value,
  }
  return `${JSON.stringify(line)}\n`
}
