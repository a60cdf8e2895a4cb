import type { Row } from '../table.ts'
import { compareTexts, parseWhere, rowsWhere } from './condition.ts'
import type { ClassicInstance } from './database.ts'
import { badExpression, failed, unknownElement } from './faults.ts'
import { pathOf, type Schema, titleOf } from './schemas.ts'
import { childOf, element, type XmlElement } from './xml.ts'

/** A field to be answered: where it comes from, and where it stands in the answer. */
interface Selected {
  readonly path: string
  readonly alias: string
}

/** Rows that a `select` without `lineCount` answers at most [I]. */
const mostLines = 10_000

/**
 * Runs `xtk:queryDef#ExecuteQuery` (reference §4.2): `select`, `get`, `getIfExists`, `count`, with `where`, `orderBy`, `lineCount`
 * and `startLine`, aliases and fields of linked records. Grouping and sub-queries are not here.
 * @throws ClassicRefused
 */
export function executeQuery(instance: ClassicInstance, query: XmlElement): XmlElement {
  const { operation = 'select', schema: schemaId = '', lineCount, startLine } = query.attributes
  const schema = instance.schema(schemaId)
  for (const child of query.children) {
    if (!['select', 'where', 'orderBy'].includes(child.name)) {
      throw unknownElement(child.name, 'Queries (xtk:queryDef)')
    }
  }
  const rows = [...rowsWhere(instance, schema, parseWhere(childOf(query, 'where')))]
  if (operation === 'count') return element(schema.name, { count: String(rows.length) })

  const selected = selectedOf(instance, schema, childOf(query, 'select'))
  order(instance, schema, rows, childOf(query, 'orderBy'))
  const write = (row: Row): XmlElement => recordOf(instance, schema, row, selected)
  if (operation === 'get' || operation === 'getIfExists') {
    const [row] = rows
    if (row !== undefined) return write(row)
    if (operation === 'getIfExists') return element(schema.name)
    throw failed('XTK170015', `The '${titleOf(schema)}' document does not exist.`)
  }
  if (operation !== 'select') throw badExpression(operation)
  const from = wholeOf(startLine, 0)
  const lines = Math.min(wholeOf(lineCount, mostLines), mostLines)
  return element(`${schema.name}-collection`, {}, rows.slice(from, from + lines).map(write))
}

function selectedOf(
  instance: ClassicInstance,
  schema: Schema,
  select: XmlElement | undefined,
): readonly Selected[] {
  return (select?.children ?? []).flatMap(({ name, attributes }) => {
    if (name !== 'node') return []
    const path = pathOf(attributes['expr'] ?? '')
    // Says so where the path is none, even if no record is found.
    instance.valueOf(schema, { id: 0, values: {} }, path)
    return [{ path, alias: pathOf(attributes['alias'] ?? path) }]
  })
}

/** A record's element: attributes at the top, fields of links in elements of their own. */
function recordOf(
  instance: ClassicInstance,
  schema: Schema,
  row: Row,
  selected: readonly Selected[],
): XmlElement {
  return nested(
    schema.name,
    selected.map(({ path, alias }) => [
      alias.split('/'),
      shown(schema, path, instance.valueOf(schema, row, path)),
    ]),
  )
}

function nested(name: string, fields: readonly [string[], string][]): XmlElement {
  const attributes: Record<string, string> = {}
  const inner = new Map<string, [string[], string][]>()
  for (const [[step = '', ...rest], value] of fields) {
    if (rest.length === 0) attributes[step] = value
    else inner.set(step, [...(inner.get(step) ?? []), [rest, value]])
  }
  return element(
    name,
    attributes,
    [...inner].map(([child, own]) => nested(child, own)),
  )
}

/** An absent number reads as 0. */
function shown(schema: Schema, path: string, value: string): string {
  return value === '' && schema.numbers.has(path) ? '0' : value
}

function order(
  instance: ClassicInstance,
  schema: Schema,
  rows: Row[],
  orderBy: XmlElement | undefined,
): void {
  const nodes = (orderBy?.children ?? []).map(({ attributes }) => ({
    path: pathOf(attributes['expr'] ?? ''),
    sign: attributes['sortDesc'] === 'true' ? -1 : 1,
  }))
  if (nodes.length === 0) return
  rows.sort((a, b) => {
    for (const { path, sign } of nodes) {
      const by = compareTexts(instance.valueOf(schema, a, path), instance.valueOf(schema, b, path))
      if (by !== 0) return by * sign
    }
    return a.id - b.id
  })
}

function wholeOf(text: string | undefined, byDefault: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : byDefault
}
