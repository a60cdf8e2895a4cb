import { createHash } from 'node:crypto'
import type { Row, Table } from './table.ts'

/** The people of an instance: a table, and the fields that hold each identity. */
export interface People {
  readonly table: Table
  /** Custom fields by identity namespace; each has a unique index. */
  readonly keys: Readonly<Record<string, string>>
  /** What every new person has besides. */
  readonly defaults: () => Readonly<Record<string, string>>
}

/** A seed's fields by identity namespace; `email` is beside them. */
const namespaces: Readonly<Record<string, string>> = {
  emailSHA256: 'email_lc_sha256',
  ecid: 'ECID',
  gaid: 'GAID',
  idfa: 'IDFA',
}

/**
 * Makes a person known. A person who is known by an identity, and of whom the seed contradicts nothing, is completed; else
 * a new one is made, without identities that somebody else has already.
 * @param given `email` and the seed's names of identities; others are nobody's
 */
export function seedPerson(people: People, given: Readonly<Record<string, string>>): Row {
  const values = fieldsOf(people, given)
  const { table } = people
  const known = knownAs(people, values)
  if (known !== undefined) {
    const missing = Object.entries(values).filter(
      ([field, value]) => (known.values[field] ?? '') === '' && !isTaken(table, field, value),
    )
    return missing.length === 0 ? known : table.update(known, Object.fromEntries(missing))
  }
  const free = Object.entries(values).filter(([field, value]) => !isTaken(table, field, value))
  return table.insert({ ...people.defaults(), ...Object.fromEntries(free) })
}

/** `email_lc_sha256:<hash>`, `ECID:<id>`, …: every identity that the person has. The hash of an e-mail stands for a missing one. */
export function identitiesOf({ keys }: People, { values }: Row): string[] {
  return Object.entries(keys).flatMap(([namespace, field]) => {
    const held = values[field] ?? (namespace === 'email_lc_sha256' ? hashOf(values['email']) : '')
    return held === '' ? [] : [`${namespace}:${held}`]
  })
}

function fieldsOf(
  { keys }: People,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const field = name === 'email' ? name : keys[namespaces[name] ?? '']
    if (field !== undefined && value !== '') values[field] = value
  }
  return values
}

/** The person who shares most with the values and contradicts none. */
function knownAs({ table }: People, values: Readonly<Record<string, string>>): Row | undefined {
  const candidates = new Set(
    Object.entries(values).flatMap(([field, value]) => [...(table.find([field], [value]) ?? [])]),
  )
  let best: Row | undefined
  let bestShared = 0
  for (const id of candidates) {
    const row = table.get(id)
    if (row === undefined) continue
    const held = Object.entries(values).filter(([field]) => row.values[field] !== undefined)
    if (held.some(([field, value]) => row.values[field] !== value)) continue
    if (held.length > bestShared) [best, bestShared] = [row, held.length]
  }
  return best
}

/** E-mails may be shared, keys not. */
function isTaken(table: Table, field: string, value: string): boolean {
  return field !== 'email' && (table.find([field], [value])?.size ?? 0) > 0
}

function hashOf(email: string | undefined): string {
  if (email === undefined) return ''
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
}
