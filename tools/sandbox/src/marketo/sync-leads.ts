import { isObject } from '../json/json.ts'
import { RequestRefused, reason } from './errors.ts'
import type { Instance } from './instance.ts'
import type { LeadValue } from './leads.ts'
import { maxRecords } from './parameters.ts'
import type { RecordResult } from './replies.ts'

const actions = ['createOrUpdate', 'createOnly', 'updateOnly', 'createDuplicate']

/**
 * Creates and updates leads (reference §6.3): one result a record, in the order of `input`; a record that cannot be
 * written is skipped with its reason and the others are written.
 * @throws RequestRefused where the call as a whole is wrong
 */
export function syncLeads(
  instance: Instance,
  body: Readonly<Record<string, unknown>>,
): readonly RecordResult[] {
  const { action = 'createOrUpdate', lookupField = 'email', partitionName, input } = body
  if (typeof action !== 'string' || !actions.includes(action)) {
    throw new RequestRefused('1001', String(action).slice(0, 50), `one of ${actions.join(', ')}`)
  }
  if (typeof lookupField !== 'string') throw new RequestRefused('1001', 'lookupField', 'String')
  const field = instance.fields.get(lookupField)
  if (field === undefined) throw new RequestRefused('1006', lookupField)
  if (!field.searchable) throw new RequestRefused('1011', lookupField)
  if (!Array.isArray(input) || input.length === 0) throw new RequestRefused('1002', 'input')
  if (input.length > maxRecords)
    throw new RequestRefused('1003', `at most ${maxRecords} records a call`)
  if (partitionName !== undefined && typeof partitionName !== 'string') {
    throw new RequestRefused('1001', 'partitionName', 'String')
  }
  if (partitionName !== undefined && !instance.settings.partitions.includes(partitionName)) {
    const reasons = [reason('1008', partitionName.slice(0, 50))]
    return input.map(() => ({ status: 'skipped', reasons }))
  }
  instance.touch()
  return input.map((record: unknown) => syncOne(instance, action, lookupField, record))
}

function syncOne(
  instance: Instance,
  action: string,
  lookupField: string,
  record: unknown,
): RecordResult {
  const values = valuesOf(instance, action, record)
  if (Array.isArray(values)) return skipped(...values)
  const now = instance.clock.nowMs()
  if (action === 'createDuplicate') {
    return { id: instance.leads.create(values, now).id, status: 'created' }
  }
  const key = values[lookupField]
  if (key === undefined || key === null || key === '') {
    return skipped('1003', `Value for lookup field '${lookupField}' not found`)
  }
  const matches = instance.leads.find(lookupField, String(key))
  const [match] = matches
  if (matches.length > 1) return skipped('1007')
  if (match === undefined) {
    if (action === 'updateOnly') return skipped('1004')
    return { id: instance.leads.create(values, now).id, status: 'created' }
  }
  if (action === 'createOnly') return skipped('1005')
  instance.leads.update(match, values, now)
  return { id: match.id, status: 'updated' }
}

type Problem = [code: string, ...details: string[]]

function skipped(...[code, ...details]: Problem): RecordResult {
  return { status: 'skipped', reasons: [reason(code, ...details)] }
}

/** The fields of a record, or why they cannot be taken. */
function valuesOf(
  instance: Instance,
  action: string,
  record: unknown,
): Record<string, LeadValue> | Problem {
  if (!isObject(record)) return ['1003', 'a record must be an object']
  const values: Record<string, LeadValue> = {}
  for (const [name, value] of Object.entries(record)) {
    const field = instance.fields.get(name)
    if (field === undefined) return ['1006', name]
    // The system's own key may only say which lead is to be updated.
    if (name === 'id' && action !== 'updateOnly') return ['1003', "'id' is only for updateOnly"]
    if (name !== 'id' && !field.updateable) return ['1003', `field '${name}' is read-only`]
    if (value !== null && typeof value !== 'string' && typeof value !== 'number') {
      return ['1001', name, field.dataType]
    }
    if (field.length !== undefined && String(value).length > field.length) {
      return ['1001', name, `${field.dataType}(${field.length})`]
    }
    if (field.dataType === 'email' && value !== null && !isEmail(String(value))) {
      return ['1003', 'email is not an e-mail address']
    }
    values[name] = value
  }
  return values
}

/** Only ASCII is supported in e-mail addresses. */
function isEmail(text: string): boolean {
  return /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(text)
}
