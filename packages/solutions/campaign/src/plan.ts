import type { Delivery } from '@segue/solution-kit'

/** What one person should become in one service or group. */
export interface MembershipChange<Person> {
  readonly remoteId: string
  readonly status: Delivery['status']
  readonly person: Person
}

/** A row and the people that it is about: those whom Campaign has under its identities. */
export interface ResolvedRow<Person> {
  readonly row: Delivery
  readonly people: readonly Person[]
}

/** Names one person in one service or group. */
export function membershipKey(remoteId: string, person: { readonly key: string }): string {
  return `${remoteId}/${person.key}`
}

/**
 * Turns rows into changes: each person once a service or group, with one final state. Where rows disagree (also two profiles that
 * lead to one person in Campaign), the newest revision wins, and `exited` wins a tie, as everywhere (design §3).
 */
export function planChanges<Person extends { readonly key: string }>(
  rows: readonly ResolvedRow<Person>[],
): readonly MembershipChange<Person>[] {
  const final = new Map<string, { readonly row: Delivery; readonly person: Person }>()
  for (const { row, people } of rows) {
    for (const person of people) {
      const key = membershipKey(row.remoteId, person)
      const other = final.get(key)
      if (other === undefined || supersedes(row, other.row)) final.set(key, { row, person })
    }
  }
  return Array.from(final.values(), ({ row, person }) => ({
    remoteId: row.remoteId,
    status: row.status,
    person,
  }))
}

function supersedes(row: Delivery, other: Delivery): boolean {
  if (row.revisionMs !== other.revisionMs) return row.revisionMs > other.revisionMs
  return row.status === 'exited'
}
