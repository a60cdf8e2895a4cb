import { failed, refusal } from '@segue/solution-kit'
import type { Delivery, Refusal } from '@segue/solution-kit'
import { declaredIds } from './identity-form.ts'
import type { DataSources } from './settings.ts'
import type { DeclaredRow } from './sync-file.ts'
import { isTraitSid } from './trait-sid.ts'

/** Checks what both paths need of a row: a trait's number, and an id that Audience Manager can read. */
export function checkRow(row: Delivery, dataSources: DataSources): DeclaredRow | Refusal {
  if (!isTraitSid(row.remoteId)) {
    return refusal('REMOTE_ID_INVALID', failed, 'the row’s remote id is not a trait’s number')
  }
  const ids = declaredIds(row.identities, dataSources)
  if (ids.length === 0) {
    return refusal('IDENTITY_INVALID', failed, 'no identity of the row has the form that it needs')
  }
  return { row, ids }
}

export function isRefusal(checked: DeclaredRow | Refusal): checked is Refusal {
  return 'status' in checked
}
