import type { LeadField } from './fields.ts'

export type LeadValue = string | number | null

/** A person in Marketo's database. */
export interface Lead {
  readonly id: number
  readonly createdAtMs: number
  updatedAtMs: number
  /** Fields by name; `id` and the times are not among them. */
  readonly values: Record<string, LeadValue>
}

/** The lead database: one map of leads, and one index for each searchable field. */
export interface Leads {
  readonly byId: (id: number) => Lead | undefined
  /** Strings are compared without regard to case, as Marketo's database does [I]. */
  readonly find: (field: string, value: string) => readonly Lead[]
  readonly create: (values: Readonly<Record<string, LeadValue>>, nowMs: number) => Lead
  /** A null empties the field. */
  readonly update: (lead: Lead, values: Readonly<Record<string, LeadValue>>, nowMs: number) => void
  readonly remove: (lead: Lead) => void
  readonly all: () => IterableIterator<Lead>
  readonly size: () => number
  /** Takes leads from a state file, in place of all there are. */
  readonly load: (leads: readonly Lead[], nextId: number) => void
  readonly nextId: () => number
}

/** The first id of the samples in Marketo's documentation. */
const firstLeadId = 318_581

export function createLeads(fields: ReadonlyMap<string, LeadField>): Leads {
  const leads = new Map<number, Lead>()
  const indexes = new Map<string, Map<string, number[]>>()
  for (const field of fields.values()) {
    if (field.searchable && field.name !== 'id') indexes.set(field.name, new Map())
  }
  let nextId = firstLeadId

  const index = (lead: Lead): void => {
    for (const [field, ids] of indexes) {
      const key = keyOf(lead.values[field])
      if (key === undefined) continue
      const held = ids.get(key)
      if (held === undefined) ids.set(key, [lead.id])
      else held.push(lead.id)
    }
  }

  const unindex = (lead: Lead): void => {
    for (const [field, ids] of indexes) {
      const key = keyOf(lead.values[field])
      if (key === undefined) continue
      const left = ids.get(key)?.filter((id) => id !== lead.id) ?? []
      if (left.length === 0) ids.delete(key)
      else ids.set(key, left)
    }
  }

  const assign = (lead: Lead, values: Readonly<Record<string, LeadValue>>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (name === 'id') continue
      if (value === null) delete lead.values[name]
      else lead.values[name] = value
    }
  }

  return {
    byId: (id) => leads.get(id),
    find: (field, value) => {
      if (field === 'id') {
        const lead = leads.get(Number(value))
        return lead === undefined ? [] : [lead]
      }
      const ids = indexes.get(field)?.get(value.toLowerCase()) ?? []
      return ids.flatMap((id) => leads.get(id) ?? [])
    },
    create: (values, nowMs) => {
      const lead: Lead = { id: nextId, createdAtMs: nowMs, updatedAtMs: nowMs, values: {} }
      nextId += 1
      assign(lead, values)
      leads.set(lead.id, lead)
      index(lead)
      return lead
    },
    update: (lead, values, nowMs) => {
      unindex(lead)
      assign(lead, values)
      lead.updatedAtMs = nowMs
      index(lead)
    },
    remove: (lead) => {
      unindex(lead)
      leads.delete(lead.id)
    },
    all: () => leads.values(),
    size: () => leads.size,
    load: (kept, next) => {
      leads.clear()
      for (const ids of indexes.values()) ids.clear()
      for (const lead of kept) {
        leads.set(lead.id, lead)
        index(lead)
      }
      nextId = next
    },
    nextId: () => nextId,
  }
}

function keyOf(value: LeadValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value).toLowerCase()
}
