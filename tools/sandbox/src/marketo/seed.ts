import { SeedInvalid } from '../solution-server.ts'
import type { LeadField } from './fields.ts'
import type { Lead, Leads } from './leads.ts'

/** A person that Marketo shall know, as a seeder gives it: fields by name. */
export type SeedLead = Readonly<Record<string, string>>

/**
 * Makes leads known. Seeding the same values again changes nothing; values that complete a known lead, and contradict
 * nothing it has, complete it; otherwise a new lead is made, so that two people may share an e-mail as in real databases.
 * @returns one lead id an entry, in order
 */
export function seedLeads(
  leads: Leads,
  fields: ReadonlyMap<string, LeadField>,
  entries: readonly SeedLead[],
  nowMs: number,
): readonly number[] {
  const searchable = [...fields.values()]
    .filter((field) => field.searchable && field.name !== 'id')
    .map((field) => field.name)
  for (const [index, entry] of entries.entries()) {
    const stray = Object.keys(entry).find((name) => fields.get(name)?.updateable !== true)
    if (stray !== undefined) throw new SeedInvalid(`lead ${index}: no field ${stray} can be set`)
    if (!searchable.some((name) => (entry[name] ?? '') !== '')) {
      throw new SeedInvalid(`lead ${index}: one of ${searchable.join(', ')} must be given`)
    }
  }
  return entries.map((entry) => {
    const match = knownAs(leads, searchable, entry)
    if (match === undefined) return leads.create(entry, nowMs).id
    const missing = Object.entries(entry).filter(([name]) => match.values[name] === undefined)
    if (missing.length > 0) leads.update(match, Object.fromEntries(missing), nowMs)
    return match.id
  })
}

/** The lead that has most of the entry's values and contradicts none. */
function knownAs(leads: Leads, searchable: readonly string[], entry: SeedLead): Lead | undefined {
  const candidates = new Set(
    searchable.flatMap((name) => {
      const value = entry[name]
      return value === undefined ? [] : leads.find(name, value)
    }),
  )
  let best: Lead | undefined
  let bestShared = 0
  for (const candidate of candidates) {
    let shared = 0
    let contradicts = false
    for (const name of searchable) {
      const value = entry[name]
      const held = candidate.values[name]
      if (value === undefined || held === undefined) continue
      if (String(held).toLowerCase() === value.toLowerCase()) shared += 1
      else contradicts = true
    }
    if (contradicts || shared <= bestShared) continue
    best = candidate
    bestShared = shared
  }
  return best
}
