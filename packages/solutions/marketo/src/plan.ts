import type { Delivery } from '@segue/solution-kit'

/** What one lead should become in one list. */
export interface MembershipChange {
  readonly listId: string
  readonly status: Delivery['status']
  readonly leadIds: readonly number[]
}

/** What a row says of its leads; rows without leads are not in a plan. */
export interface ResolvedRow {
  readonly row: Delivery
  readonly leadIds: readonly number[]
}

/** Names what is known of one lead in one list. */
export function leadInList(listId: string, leadId: number): string {
  return `${listId}/${leadId}`
}

/**
 * Turns rows into changes: each lead once a list, with one final state. Where rows disagree about a lead (two profiles that share one), the
 * newest revision wins, and `exited` wins a tie, as everywhere (design §3).
 */
export function planChanges(rows: readonly ResolvedRow[]): readonly MembershipChange[] {
  const final = new Map<string, { readonly row: Delivery; readonly leadId: number }>()
  for (const { row, leadIds } of rows) {
    for (const leadId of leadIds) {
      const key = leadInList(row.remoteId, leadId)
      const other = final.get(key)
      if (other === undefined || supersedes(row, other.row)) final.set(key, { row, leadId })
    }
  }
  const changes = new Map<string, MembershipChange & { readonly leadIds: number[] }>()
  for (const { row, leadId } of final.values()) {
    const key = `${row.remoteId}/${row.status}`
    const change = changes.get(key) ?? { listId: row.remoteId, status: row.status, leadIds: [] }
    change.leadIds.push(leadId)
    changes.set(key, change)
  }
  return [...changes.values()]
}

function supersedes(row: Delivery, other: Delivery): boolean {
  if (row.revisionMs !== other.revisionMs) return row.revisionMs > other.revisionMs
  return row.status === 'exited'
}
