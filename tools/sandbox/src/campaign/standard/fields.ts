import type { CampaignSettings } from '../settings.ts'
import { badBody, badValue, readOnlyField, unknownField } from './errors.ts'

/** The fields of a resource that a caller may write, and those that the product writes. */
export interface Fields {
  readonly resource: string
  readonly writable: ReadonlySet<string>
  readonly readOnly: ReadonlySet<string>
  /** Enumerations by field. */
  readonly words: Readonly<Record<string, readonly string[]>>
}

const profileFields = [
  'email',
  'firstName',
  'middleName',
  'lastName',
  'salutation',
  'gender',
  'birthDate',
  'phone',
  'mobilePhone',
  'fax',
  'preferredLanguage',
  'timeZone',
]
const profileReadOnly = ['PKey', 'href', 'age', 'title', 'created', 'lastModified', 'subscriptions']
const serviceFields = ['name', 'label', 'messageType', 'mode', 'start', 'end', 'limitedDuration']
const serviceReadOnly = [
  'PKey',
  'href',
  'builtIn',
  'title',
  'created',
  'lastModified',
  'targetResource',
  'subscriptions',
]

/** Fields of a profile; those of the extension only where it is asked through `profileAndServicesExt` (reference §4.1). */
export function profileFieldsOf(settings: CampaignSettings, extended: boolean): Fields {
  const custom = extended ? Object.values(settings.standardKeys) : []
  return {
    resource: 'profile',
    writable: new Set([...profileFields, ...custom]),
    readOnly: new Set(profileReadOnly),
    words: { gender: ['unknown', 'male', 'female'] },
  }
}

export function serviceFieldsOf(settings: CampaignSettings): Fields {
  return {
    resource: 'service',
    writable: new Set([...serviceFields, settings.serviceDescriptionField]),
    readOnly: new Set(serviceReadOnly),
    words: { messageType: ['email', 'sms', 'mobileApp', 'paper'], mode: ['newsletter'] },
  }
}

/** Reads a body's fields as texts. @throws StandardRefused for what cannot be written */
export function fieldValues(
  { resource, writable, readOnly, words }: Fields,
  body: Readonly<Record<string, unknown>> | undefined,
): Record<string, string> {
  if (body === undefined) throw badBody('The body is no JSON object.')
  const values: Record<string, string> = {}
  for (const [field, value] of Object.entries(body)) {
    if (readOnly.has(field)) throw readOnlyField(field, resource)
    if (!writable.has(field)) throw unknownField(field, resource)
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      throw badValue(field, resource, 'the value is no text')
    }
    const text = String(value)
    const allowed = words[field]
    if (allowed !== undefined && text !== '' && !allowed.includes(text)) {
      throw badValue(field, resource, `the value '${text}' is not valid for the enumeration`)
    }
    values[field] = text
  }
  const { email = '' } = values
  // Data policy `email` of the resource's metadata.
  if (writable.has('email') && email !== '' && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw badValue('email', resource, 'the value is no e-mail address')
  }
  return values
}
