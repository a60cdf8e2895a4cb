import type { MarketoSettings } from './settings.ts'

/** One field of the lead object. */
export interface LeadField {
  readonly name: string
  readonly displayName: string
  readonly dataType: 'string' | 'email' | 'integer' | 'datetime' | 'phone'
  readonly length?: number
  /** May be a `filterType` or a `lookupField`. */
  readonly searchable: boolean
  readonly updateable: boolean
}

/** The lead object's fields by REST name: some standard ones, and the custom fields of the settings (all searchable). */
export function leadFields(settings: MarketoSettings): ReadonlyMap<string, LeadField> {
  const custom = [settings.emailHashField, settings.ecidField, ...settings.customFields]
  const fields: LeadField[] = [
    field('id', 'Id', { dataType: 'integer', searchable: true, updateable: false }),
    field('email', 'Email Address', { dataType: 'email', searchable: true }),
    field('firstName', 'First Name'),
    field('lastName', 'Last Name'),
    field('company', 'Company Name'),
    field('title', 'Job Title'),
    field('phone', 'Phone Number', { dataType: 'phone' }),
    field('country', 'Country'),
    field('postalCode', 'Postal Code'),
    field('createdAt', 'Created At', { dataType: 'datetime', updateable: false }),
    field('updatedAt', 'Updated At', { dataType: 'datetime', updateable: false }),
    // Read-only, and no filter: this is why looking a lead up by ECID needs a custom field (reference §6.3).
    field('ecids', 'ECIDs', { updateable: false }),
    ...custom.map((name) => field(name, name, { searchable: true })),
  ]
  return new Map(fields.map((each) => [each.name, each]))
}

/** What a look-up answers when it names no `fields`. */
export const defaultFields: readonly string[] = [
  'id',
  'email',
  'updatedAt',
  'createdAt',
  'lastName',
  'firstName',
]

function field(name: string, displayName: string, rest: Partial<LeadField> = {}): LeadField {
  const dataType = rest.dataType ?? 'string'
  return {
    name,
    displayName,
    dataType,
    ...(dataType === 'integer' || dataType === 'datetime' ? {} : { length: 255 }),
    searchable: false,
    updateable: true,
    ...rest,
  }
}
