import type { Row } from '../table.ts'
import type { ClassicInstance } from './database.ts'
import { badExpression } from './faults.ts'
import { type Condition, type Operand, parseExpression } from './expression.ts'
import type { Schema } from './schemas.ts'
import type { XmlElement } from './xml.ts'

/**
 * Reads a `where` element: conditions with an `expr`, or with conditions in them. `boolOperator` (`bool-operator` in the
 * documentation's sample) joins a condition to the next; without it that is AND.
 */
export function parseWhere(where: XmlElement | undefined): Condition | undefined {
  let joined: Condition | undefined
  let operator = 'AND'
  for (const child of where?.children ?? []) {
    if (child.name !== 'condition') continue
    const condition = parseCondition(child)
    if (condition === undefined) continue
    joined =
      joined === undefined
        ? condition
        : { kind: operator === 'OR' ? 'or' : 'and', parts: [joined, condition] }
    const { attributes } = child
    operator = (attributes['boolOperator'] ?? attributes['bool-operator'] ?? 'AND').toUpperCase()
    if (operator !== 'AND' && operator !== 'OR') throw badExpression(operator)
  }
  return joined
}

/** Records of a schema that meet a condition, by id: through an index where the condition allows it. */
export function* rowsWhere(
  instance: ClassicInstance,
  schema: Schema,
  condition: Condition | undefined,
): Generator<Row> {
  const table = instance.table(schema)
  const ids = condition === undefined ? undefined : candidates(instance, schema, condition)
  const rows =
    ids === undefined
      ? table.all()
      : [...ids].toSorted((a, b) => a - b).flatMap((id) => table.get(id) ?? [])
  for (const row of rows) {
    if (condition === undefined || isMet(instance, schema, row, condition)) yield row
  }
}

function parseCondition(element: XmlElement): Condition | undefined {
  const { expr, setOperator } = element.attributes
  if (setOperator !== undefined) throw badExpression(`setOperator ${setOperator}`)
  return expr === undefined ? parseWhere(element) : parseExpression(expr)
}

function isMet(instance: ClassicInstance, schema: Schema, row: Row, condition: Condition): boolean {
  const valueOf = (operand: Operand): string => {
    if (operand.kind === 'constant') return operand.text
    const value = instance.valueOf(schema, row, operand.path)
    return operand.lower ? value.toLowerCase() : value
  }
  const met = (each: Condition): boolean => isMet(instance, schema, row, each)
  switch (condition.kind) {
    case 'and':
      return condition.parts.every(met)
    case 'or':
      return condition.parts.some(met)
    case 'not':
      return !met(condition.part)
    case 'empty':
      return valueOf(condition.left) === ''
    case 'in': {
      const value = valueOf(condition.left)
      return condition.constants.some((constant) => isEqual(value, constant, valueOf))
    }
    case 'compare': {
      const { by, left, right } = condition
      if (by === '=') return isEqual(valueOf(left), right, valueOf)
      if (by === '!=') return !isEqual(valueOf(left), right, valueOf)
      if (by === 'like') return likeShape(valueOf(right)).test(valueOf(left))
      return isOrdered(by, compareTexts(valueOf(left), valueOf(right)))
    }
    default:
      return condition satisfies never
  }
}

/** A number is equal to its text with a leading zero; an absent number is 0, as in Campaign's tables. */
function isEqual(value: string, operand: Operand, valueOf: (operand: Operand) => string): boolean {
  const other = valueOf(operand)
  if (value === other) return true
  if (operand.kind !== 'constant' || !operand.isNumber) return false
  return Number(value === '' ? 0 : value) === Number(other)
}

/** @returns negative, 0 or positive: as numbers where both are, else as texts */
export function compareTexts(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && !Number.isNaN(left) && !Number.isNaN(right)) return left - right
  if (a === b) return 0
  return a < b ? -1 : 1
}

function isOrdered(by: string, order: number): boolean {
  if (by === '<') return order < 0
  if (by === '<=') return order <= 0
  if (by === '>') return order > 0
  return order >= 0
}

function likeShape(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's')
}

/** Ids among which all that meet the condition are; undefined where only a look at every record tells. */
function candidates(
  instance: ClassicInstance,
  schema: Schema,
  condition: Condition,
): ReadonlySet<number> | undefined {
  const of = (each: Condition): ReadonlySet<number> | undefined =>
    candidates(instance, schema, each)
  const equal = (left: Operand, right: Operand): ReadonlySet<number> | undefined =>
    left.kind === 'path' && !left.lower && right.kind === 'constant' && right.text !== ''
      ? idsAt(instance, schema, left.path, right.text)
      : undefined
  switch (condition.kind) {
    case 'and':
      return condition.parts
        .flatMap((part) => of(part) ?? [])
        .toSorted((a, b) => a.size - b.size)[0]
    case 'or':
      return union(condition.parts.map(of))
    case 'compare':
      return condition.by === '=' ? equal(condition.left, condition.right) : undefined
    case 'in':
      return union(condition.constants.map((constant) => equal(condition.left, constant)))
    case 'not':
    case 'empty':
      return undefined
    default:
      return condition satisfies never
  }
}

/** Records with a value at a path, one link away at most; undefined where no index leads there. */
function idsAt(
  instance: ClassicInstance,
  schema: Schema,
  path: string,
  value: string,
): ReadonlySet<number> | undefined {
  if (schema.attributes.has(path)) return instance.find(schema, path, value)
  const [step = '', ...rest] = path.split('/')
  const link = schema.links.find(({ name }) => name === step)
  if (link === undefined) return undefined
  const linked = idsAt(instance, instance.schema(link.schema), rest.join('/'), value)
  if (linked === undefined) return undefined
  return union([...linked].map((id) => instance.find(schema, link.by, String(id))))
}

/** Undefined as soon as one part is. */
function union(
  parts: readonly (ReadonlySet<number> | undefined)[],
): ReadonlySet<number> | undefined {
  if (parts.length === 1) return parts[0]
  const ids = new Set<number>()
  for (const part of parts) {
    if (part === undefined) return undefined
    for (const id of part) ids.add(id)
  }
  return ids
}
