import type { Delivery, KnownMembership, Receipt } from '@segue/solution-kit'
import { namespaceOf } from '@segue/model'
import type { Identity, Segment } from '@segue/model'
import { attributeName } from './attribute-name.ts'

/** Attributes of one profile: every one that the solution is to know. */
export type Attributes = ReadonlyMap<string, Delivery['status']>

/** What one identity's profile at Target becomes. */
export interface ProfileState {
  /** The id alone, without its namespace. */
  readonly id: string
  readonly attributes: Attributes
}

/** Rows, turned into one whole state for each identity of each way to Target. */
export interface Plan {
  /** By identity. */
  readonly bulk: ReadonlyMap<Identity, ProfileState>
  readonly delivery: ReadonlyMap<Identity, ProfileState>
  /** By row, in order: which of those it waits for, or why it is not sent. */
  readonly rows: readonly PlannedRow[]
}

export type PlannedRow =
  | { readonly bulk: readonly Identity[]; readonly delivery: readonly Identity[] }
  | Extract<Receipt, { readonly status: 'rejected' }>

/** Which namespace goes which way; undefined where a way is switched off. */
export interface Ways {
  readonly bulk: string | undefined
  readonly delivery: string | undefined
}

/** External profile data that Target keeps of a profile, in bytes (`reference/solutions.md` §5.2). */
const maxProfileBytes = 64 * 1024

/**
 * Gathers rows into whole states, one an identity: an identity that several rows name gets the state of the newest revision. Rows of one
 * revision are put together, `exited` before `realized` (design §3).
 */
export function planProfiles(rows: readonly Delivery[], ways: Ways): Plan {
  const newest = new Map<Identity, Delivery[]>()
  const sent = rows.map((row) => {
    const planned = planRow(row, ways)
    if (!('status' in planned)) {
      for (const identity of new Set([...planned.bulk, ...planned.delivery])) {
        keepNewest(newest, identity, row)
      }
    }
    return planned
  })
  const names = new Map<Segment, string>()
  const states = new Map(
    Array.from(newest, ([identity, of]) => [identity, stateOf(identity, of, names)] as const),
  )
  const tooLarge = new Set(
    Array.from(states, ([identity, state]) => (bytesOf(state) > maxProfileBytes ? identity : '')),
  )
  const planned = sent.map((row) => {
    if ('status' in row) return row
    return [...row.bulk, ...row.delivery].some((one) => tooLarge.has(one)) ? profileTooLarge : row
  })
  const through = (way: 'bulk' | 'delivery'): ReadonlyMap<Identity, ProfileState> => {
    const wanted = new Set(planned.flatMap((row) => ('status' in row ? [] : row[way])))
    return new Map([...states].filter(([identity]) => wanted.has(identity)))
  }
  return { bulk: through('bulk'), delivery: through('delivery'), rows: planned }
}

function planRow(row: Delivery, ways: Ways): PlannedRow {
  if (!/^[1-9]\d{0,15}$/.test(row.remoteId)) return remoteIdInvalid
  if (row.state?.some(({ segment }) => segment === row.segment) !== true) return stateMissing
  const taken = row.identities.filter(isUsable)
  const bulk = taken.filter((identity) => namespaceOf(identity) === ways.bulk)
  const delivery = taken.filter((identity) => namespaceOf(identity) === ways.delivery)
  return bulk.length + delivery.length === 0 ? identityNotTaken : { bulk, delivery }
}

const remoteIdInvalid = rejected('REMOTE_ID_INVALID', 'the row’s remote id is not an audience id')
const stateMissing = rejected(
  'STATE_MISSING',
  'the row does not carry the profile’s whole state, and a part of it would undo the rest',
)
const profileTooLarge = rejected(
  'PROFILE_TOO_LARGE',
  'the profile’s memberships alone are over the 64 KB that Target keeps of a profile',
)
const identityNotTaken: PlannedRow = {
  ...rejected('IDENTITY_NOT_TAKEN', 'no identity of the row has a form that Target takes'),
  kind: 'excluded',
}

function rejected(code: string, detail: string): Extract<Receipt, { readonly status: 'rejected' }> {
  return { status: 'rejected', code, kind: 'failed', detail }
}

/**
 * Ids with `+` or `/` are not taken (`reference/solutions.md` §5.2). Nor are those over 128 characters, and those with a comma, a quote or a blank: the form is
 * decoded before its lines are read, so that encoding them would not keep them whole [I].
 */
function isUsable(identity: Identity): boolean {
  const id = idOf(identity)
  return id !== '' && id.length <= 128 && !/[+/,"\s]/.test(id)
}

function idOf(identity: Identity): string {
  return identity.slice(identity.indexOf(':') + 1)
}

/** Keeps the rows of the newest revision. */
function keepNewest(newest: Map<Identity, Delivery[]>, identity: Identity, row: Delivery): void {
  const kept = newest.get(identity)
  const than = kept?.[0]?.revisionMs
  if (kept === undefined || than === undefined || row.revisionMs > than) {
    newest.set(identity, [row])
  } else if (row.revisionMs === than) kept.push(row)
}

function stateOf(
  identity: Identity,
  rows: readonly Delivery[],
  names: Map<Segment, string>,
): ProfileState {
  const attributes = new Map<string, Delivery['status']>()
  const add = ({ segment, status }: KnownMembership): void => {
    let name = names.get(segment)
    if (name === undefined) {
      name = attributeName(segment)
      names.set(segment, name)
    }
    if (status === 'exited' || !attributes.has(name)) attributes.set(name, status)
  }
  for (const row of rows) for (const membership of row.state ?? []) add(membership)
  return { id: idOf(identity), attributes }
}

function bytesOf({ attributes }: ProfileState): number {
  let bytes = 0
  for (const [name, status] of attributes) bytes += name.length + status.length
  return bytes
}
