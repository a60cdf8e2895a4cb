import { batches } from '@segue/solution-kit'
import type { DeclaredId } from './identity-form.ts'

/** A trait to add, and the segment that it stands for. */
export interface AddedTrait {
  /** Digits. */
  readonly sid: string
  /** The segment's remote id: the value of the signal by which the trait's rule knows it. */
  readonly segmentId: string
}

/** One call to `/event`: whose traits, which traits, and the query that says so. */
export interface DcsEvent {
  readonly ids: readonly DeclaredId[]
  readonly sids: readonly string[]
  /** Without the question mark. */
  readonly query: string
  /** GET up to 8 K, POST above (`reference/solutions.md` §1.2). */
  readonly method: 'GET' | 'POST'
}

const maxCustomerIds = 10
const maxIdsPerSource = 3
/** 8 K for method, path, query and version together. */
const maxGetQuery = 8_192 - 64
const maxPostBody = 32_768
/** The longest that ids take in a query: one ECID and ten customer ids, some 1,200 characters. */
const idRoom = 2_048

/**
 * The calls that add traits to one person: ids cut to at most one ECID, ten customer ids and three of a data source a call, traits cut by size.
 * Hashed mail is sent with authentication state 1, as only that writes to the cross-device profile, and in calls of its own: in one call
 * with devices the traits would go to that profile alone (interpretation of `reference/solutions.md` §1.2), and the mail would be linked to them.
 *
 * Traits are named by number, which is what adds them, and as the signal `segID` beside it: by that people find the segment under _Signals_, as Platform's
 * own sharing has it (`reference/solutions.md` §1.4). An id with a comma would read as two signals, and has none.
 */
export function dcsEvents(
  ids: readonly DeclaredId[],
  traits: readonly AddedTrait[],
  orgId: string,
): readonly DcsEvent[] {
  const traitGroups = batches(traits, {
    maxCount: Infinity,
    maxBytes: maxPostBody - idRoom,
    bytesOf: ({ sid, segmentId }) => sid.length + 1 + encodeURIComponent(segmentId).length + 1,
  })
  return idGroups(ids).flatMap((group) =>
    traitGroups.map((some): DcsEvent => {
      const query = queryOf(group, some, orgId)
      const method = query.length <= maxGetQuery ? 'GET' : 'POST'
      return { ids: group, sids: some.map(({ sid }) => sid), query, method }
    }),
  )
}

function idGroups(ids: readonly DeclaredId[]): readonly (readonly DeclaredId[])[] {
  const groups: DeclaredId[][] = []
  for (const id of ids) {
    const group = groups.find((one) => hasRoom(one, id))
    if (group === undefined) groups.push([id])
    else group.push(id)
  }
  return groups
}

function hasRoom(group: readonly DeclaredId[], id: DeclaredId): boolean {
  if (group.some((one) => isAuthenticated(one) !== isAuthenticated(id))) return false
  if (id.namespace === 'ECID') return group.every((one) => one.namespace !== 'ECID')
  const customerIds = group.filter((one) => one.namespace !== 'ECID')
  const ofSource = customerIds.filter((one) => one.dataSourceId === id.dataSourceId)
  return customerIds.length < maxCustomerIds && ofSource.length < maxIdsPerSource
}

function isAuthenticated({ namespace }: DeclaredId): boolean {
  return namespace === 'email_lc_sha256'
}

function queryOf(ids: readonly DeclaredId[], traits: readonly AddedTrait[], orgId: string): string {
  const parts = ids.map((id) => idParameter(id, orgId))
  const sids = traits.map(({ sid }) => sid).join(',')
  const signals = traits
    .map(({ segmentId }) => segmentId)
    .filter((id) => !id.includes(','))
    .map(encodeURIComponent)
  const signal = signals.length === 0 ? [] : [`segID=${signals.join(',')}`]
  return [...parts, `d_sid=${sids}`, ...signal, 'd_rtbd=json', 'd_jsonv=1'].join('&')
}

function idParameter({ namespace, dataSourceId, id }: DeclaredId, orgId: string): string {
  const value = encodeURIComponent(id)
  if (namespace === 'ECID') return `d_mid=${value}&d_orgid=${encodeURIComponent(orgId)}`
  // `%01` separates; what it joins is encoded first, and the whole is never encoded again.
  const state = namespace === 'email_lc_sha256' ? '%011' : ''
  return `d_cid=${dataSourceId}%01${value}${state}`
}
