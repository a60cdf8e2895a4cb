import type { Row } from '../table.ts'
import type { ClassicInstance } from './database.ts'
import { failed } from './faults.ts'
import { findDocument, writeDocument } from './writer.ts'
import type { XmlElement } from './xml.ts'

/**
 * `nms:subscription#Subscribe` (reference §4.2): updates the recipient, creates it where that is asked for, and subscribes it
 * to services by their comma-separated names. A second subscription changes nothing.
 * @throws ClassicRefused
 */
export function subscribe(
  instance: ClassicInstance,
  names: string,
  recipient: XmlElement,
  create: boolean,
): void {
  const schema = instance.schema('nms:recipient')
  const services = servicesOf(instance, names)
  const operation = create ? 'insertOrUpdate' : 'update'
  const row = writeDocument(instance, schema, {
    ...recipient,
    attributes: { ...recipient.attributes, _operation: operation },
  })
  // Nothing says what happens to a stranger who shall not be created [I].
  if (row === undefined) throw failed('XTK170015', 'The recipient does not exist.')
  const table = instance.table(instance.schema('nms:subscription'))
  for (const service of services) {
    const values = { 'service-id': String(service.id), 'recipient-id': String(row.id) }
    if (table.find(Object.keys(values), Object.values(values))?.size === 0) {
      table.insert({ ...values, created: instance.now() })
    }
  }
}

/**
 * `nms:subscription#Unsubscribe`: ends subscriptions, and is no error for a stranger or for one who is not subscribed. With
 * no name at all it blacklists the recipient.
 * @throws ClassicRefused
 */
export function unsubscribe(instance: ClassicInstance, names: string, recipient: XmlElement): void {
  const schema = instance.schema('nms:recipient')
  const row = findDocument(instance, schema, recipient)
  if (row === undefined) return
  if (names.trim() === '') {
    instance.table(schema).update(row, { blackList: '1', lastModified: instance.now() })
    return
  }
  const table = instance.table(instance.schema('nms:subscription'))
  for (const service of servicesOf(instance, names)) {
    const key = [String(service.id), String(row.id)]
    for (const id of table.find(['service-id', 'recipient-id'], key) ?? []) {
      const held = table.get(id)
      if (held !== undefined) table.remove(held)
    }
  }
}

function servicesOf(instance: ClassicInstance, names: string): Row[] {
  const table = instance.table(instance.schema('nms:service'))
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const [id] = table.find(['name'], [name]) ?? []
      const row = id === undefined ? undefined : table.get(id)
      if (row === undefined) throw failed('XTK170015', `The service '${name}' does not exist.`)
      return row
    })
}
