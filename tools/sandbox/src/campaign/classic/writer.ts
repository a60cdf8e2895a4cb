import { type Row, UniqueViolated } from '../table.ts'
import type { ClassicInstance } from './database.ts'
import {
  type ClassicRefused,
  duplicateRow,
  failed,
  unknownAttribute,
  unknownElement,
} from './faults.ts'
import { pathOf, type Schema, titleOf } from './schemas.ts'
import type { XmlElement } from './xml.ts'

const operations = ['insert', 'insertOrUpdate', 'update', 'delete', 'none'] as const
type Operation = (typeof operations)[number]

/** Attributes that say how to write, not what. */
const instructions: ReadonlySet<string> = new Set(['_operation', '_key', 'xtkschema'])

/** What a document is about, once its links are resolved. */
interface Resolved {
  /** Attributes by path, those that hold links' ids among them. */
  readonly values: Readonly<Record<string, string>>
  /** Whether a link with operation `none`, or one of a deletion, led nowhere. */
  readonly dangling: string | undefined
  readonly collections: readonly {
    readonly schema: string
    readonly by: string
    readonly child: XmlElement
  }[]
}

/**
 * Writes one document (reference §4.2): reconciles it by `_key` or by the schema's own keys, then acts by `_operation`, and
 * so on for what is nested in it. To be called in a transaction: a fault in one place must take all back.
 * @param given values that come from outside the document: the record that it is nested in
 * @returns the record; undefined where there is none or none any more
 * @throws ClassicRefused
 */
export function writeDocument(
  instance: ClassicInstance,
  schema: Schema,
  document: XmlElement,
  given: Readonly<Record<string, string>> = {},
): Row | undefined {
  const operation = operationOf(document)
  const resolved = resolve(instance, schema, document, given, operation)
  if (resolved.dangling !== undefined) {
    // What points nowhere cannot be deleted: it is not there.
    if (operation === 'delete') return undefined
    throw failed('XTK170010', `The linked record '${resolved.dangling}' does not exist.`)
  }
  const table = instance.table(schema)
  const key = keyOf(schema, document, resolved.values, given)
  const found =
    operation === 'insert' || key === undefined ? [] : reconcile(instance, schema, resolved, key)

  if (operation === 'delete') {
    if (key === undefined) throw noKey(schema)
    const stray = Object.keys(resolved.values).find((path) => !key.includes(path))
    if (stray !== undefined) {
      throw failed('XTK170011', `A deletion takes the fields of its key only, not '${stray}'.`)
    }
    for (const row of found) instance.remove(schema, row)
    return undefined
  }
  let [row] = found
  if (row === undefined) {
    if (operation === 'none' || operation === 'update') {
      if (key === undefined) throw noKey(schema)
      return undefined
    }
    row = insert()
  } else if (operation !== 'none') {
    row = update(row)
  }
  for (const { schema: id, by, child } of resolved.collections) {
    writeDocument(instance, instance.schema(id), child, { [by]: String(row.id) })
  }
  return row

  function insert(): Row {
    const { required } = schema
    if (required !== undefined && (resolved.values[required] ?? '') === '') {
      throw failed(
        'XTK170012',
        `The link '${required}' must be given. Cannot save the '${titleOf(schema)}' document`,
      )
    }
    const stamps = schema.attributes.has('lastModified') ? instance.people.defaults() : {}
    const { created = '', lastModified = '' } = stamps
    const folder = schema.id === 'nms:recipient' ? { 'folder-id': stamps['folder-id'] ?? '' } : {}
    const { id: _id, ...values } = resolved.values
    return refusingDuplicates(() =>
      table.insert({ ...folder, ...known({ created, lastModified }), ...values }),
    )
  }

  function update(held: Row): Row {
    const { id: _id, ...values } = resolved.values
    const changed = Object.entries(values).some(([path, value]) => held.values[path] !== value)
    if (!changed) return held
    return refusingDuplicates(() =>
      table.update(held, { ...values, ...known({ lastModified: instance.now() }) }),
    )
  }

  function known(values: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(values).filter(([path]) => schema.attributes.has(path)),
    )
  }

  function refusingDuplicates(write: () => Row): Row {
    try {
      return write()
    } catch (error) {
      if (error instanceof UniqueViolated) throw duplicateRow(error, schema.table, titleOf(schema))
      throw error
    }
  }
}

/** The record that a `recipient` document with a `_key` means. @throws ClassicRefused as `writeDocument` */
export function findDocument(
  instance: ClassicInstance,
  schema: Schema,
  document: XmlElement,
): Row | undefined {
  const resolved = resolve(instance, schema, document, {}, 'none')
  const key = keyOf(schema, document, resolved.values, {})
  if (key === undefined) throw noKey(schema)
  return resolved.dangling === undefined ? reconcile(instance, schema, resolved, key)[0] : undefined
}

/** Reads a document's attributes, and looks its links up or writes them. */
function resolve(
  instance: ClassicInstance,
  schema: Schema,
  document: XmlElement,
  given: Readonly<Record<string, string>>,
  operation: Operation,
): Resolved {
  const values: Record<string, string> = { ...given }
  const collections: { schema: string; by: string; child: XmlElement }[] = []
  let dangling: string | undefined

  const read = (element: XmlElement, prefix: string): void => {
    for (const [name, value] of Object.entries(element.attributes)) {
      if (instructions.has(name)) continue
      const path = prefix + name
      if (!schema.attributes.has(path)) throw unknownAttribute(path, titleOf(schema))
      values[path] = value
    }
  }
  read(document, '')
  for (const child of document.children) {
    const link = schema.links.find(({ name }) => name === child.name)
    const collection = schema.collections.find(({ name }) => name === child.name)
    if (link !== undefined) {
      const target = instance.schema(link.schema)
      const linked =
        operation === 'delete' || operation === 'none'
          ? findDocument(instance, target, child)
          : writeDocument(instance, target, child)
      if (linked === undefined) dangling ??= child.name
      else values[link.by] = String(linked.id)
    } else if (collection !== undefined) {
      collections.push({ schema: collection.schema, by: collection.by, child })
    } else if ([...schema.attributes].some((path) => path.startsWith(`${child.name}/`))) {
      read(child, `${child.name}/`)
    } else {
      throw unknownElement(child.name, titleOf(schema))
    }
  }
  return { values, dangling, collections }
}

/** The attributes that reconcile a document: those of `_key`, else the first key of the schema that it fills. */
function keyOf(
  schema: Schema,
  { attributes }: XmlElement,
  values: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): readonly string[] | undefined {
  const named = attributes['_key']
  if (named === undefined) {
    return schema.keys.find((key) => key.every((path) => (values[path] ?? '') !== ''))
  }
  const key = named.split(',').map((xpath) => {
    const path = pathOf(xpath)
    if (schema.attributes.has(path)) return path
    // `[rcpGroup/@name]`: the link was resolved by what it holds, so its id stands for it.
    const link = schema.links.find(({ name }) => path.startsWith(`${name}/`))
    if (link === undefined) throw unknownAttribute(path, titleOf(schema))
    return link.by
  })
  const missing = key.find((path) => (values[path] ?? '') === '')
  if (missing !== undefined) {
    throw failed('XTK170013', `The key field '${missing}' has no value in the document.`)
  }
  return [...new Set([...key, ...Object.keys(given)])]
}

/** The records that have the key's values, by id. */
function reconcile(
  instance: ClassicInstance,
  schema: Schema,
  { values }: Resolved,
  key: readonly string[],
): Row[] {
  const table = instance.table(schema)
  const wanted = key.map((path) => values[path] ?? '')
  const matches = (row: Row): boolean =>
    key.every((path, place) => instance.valueOf(schema, row, path) === wanted[place])
  const indexed =
    table.find(key, wanted) ??
    key
      .flatMap((path, place) => instance.find(schema, path, wanted[place] ?? '') ?? [])
      .toSorted((a, b) => a.size - b.size)[0]
  const rows =
    indexed === undefined ? [...table.all()] : [...indexed].flatMap((id) => table.get(id) ?? [])
  return rows.filter(matches).toSorted((a, b) => a.id - b.id)
}

function operationOf({ attributes }: XmlElement): Operation {
  const given = attributes['_operation'] ?? 'insertOrUpdate'
  const operation = operations.find((each) => each === given)
  if (operation === undefined) throw failed('XTK170014', `Unknown operation '${given}'.`)
  return operation
}

function noKey(schema: Schema): ClassicRefused {
  return failed('XTK170013', `No key of '${titleOf(schema)}' has its values in the document.`)
}
