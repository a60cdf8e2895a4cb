import { batches } from '@segue/solution-kit'
import type { Delivery } from '@segue/solution-kit'
import { peopleInCall } from './example-api.ts'

/** One call that changes a list. */
export interface ListChange {
  readonly listId: string
  readonly status: Delivery['status']
  /** Hashes as the API knows people by. */
  readonly people: readonly string[]
}

/** Names what is known of one person in one list. */
export function personInList(listId: string, person: string): string {
  return `${listId}/${person}`
}

/** The people that a row is about, as the API knows them: its identities without their namespace. */
export function peopleOf(row: Delivery): readonly string[] {
  return row.identities.map((identity) => identity.slice(identity.indexOf(':') + 1))
}

/**
 * Turns rows into calls: each person once a list, with one final state, as many in a call as it takes. Where rows disagree about a
 * person, the newest revision wins, and `exited` wins a tie.
 */
export function planChanges(rows: readonly Delivery[]): readonly ListChange[] {
  const newest = new Map<string, { readonly row: Delivery; readonly person: string }>()
  for (const row of rows) {
    for (const person of peopleOf(row)) {
      const key = personInList(row.remoteId, person)
      const other = newest.get(key)
      if (other === undefined || supersedes(row, other.row)) newest.set(key, { row, person })
    }
  }
  const byCall = Map.groupBy(newest.values(), ({ row }) => `${row.status}/${row.remoteId}`)
  return [...byCall.values()].flatMap((together) =>
    batches(together, { maxCount: peopleInCall, maxBytes: Infinity, bytesOf: () => 0 }).flatMap(
      (batch) => {
        const row = batch[0]?.row
        if (row === undefined) return []
        const people = batch.map(({ person }) => person)
        return { listId: row.remoteId, status: row.status, people }
      },
    ),
  )
}

function supersedes(row: Delivery, other: Delivery): boolean {
  if (row.revisionMs !== other.revisionMs) return row.revisionMs > other.revisionMs
  return row.status === 'exited'
}
