/** A record. An absent value and an empty one are the same, as in Campaign's database. */
export interface Row {
  readonly id: number
  readonly values: Readonly<Record<string, string>>
}

/** Attributes that rows are found by. */
export interface IndexShape {
  /** As the database's errors name it. */
  readonly name: string
  readonly attributes: readonly string[]
  readonly unique: boolean
}

/** Two rows would have the same values of a unique index. */
export class UniqueViolated extends Error {
  readonly index: IndexShape
  readonly values: readonly string[]

  constructor(index: IndexShape, values: readonly string[]) {
    super(`unique index ${index.name}`)
    this.index = index
    this.values = values
  }
}

/** Where a transaction keeps how to take each of its changes back. */
export interface Transaction {
  undo: (() => void)[] | undefined
}

/** One table of an instance: rows by id in the order of their ids, and by what is indexed. */
export interface Table {
  readonly get: (id: number) => Row | undefined
  /** Ascending by id. */
  readonly all: () => IterableIterator<Row>
  readonly size: () => number
  /**
   * Ids of the rows that have these values; undefined where no index has exactly these attributes. An empty value finds
   * nothing.
   */
  readonly find: (attributes: readonly string[], values: readonly string[]) => Found | undefined
  /** @throws UniqueViolated, and then nothing is changed */
  readonly insert: (values: Readonly<Record<string, string>>) => Row
  /** Sets the given values and leaves the others. @throws UniqueViolated, and then nothing is changed */
  readonly update: (row: Row, values: Readonly<Record<string, string>>) => Row
  readonly remove: (row: Row) => void
  readonly snapshot: () => TableState
  readonly restore: (state: TableState) => void
}

/** Ids, ascending as long as no row was changed to belong here. */
export type Found = ReadonlySet<number>

export interface TableState {
  readonly nextId: number
  readonly rows: readonly Row[]
}

/** Runs a change of several rows: all of it happens or, where it throws, nothing. */
export function inTransaction<T>(transaction: Transaction, run: () => T): T {
  const undo: (() => void)[] = []
  transaction.undo = undo
  try {
    return run()
  } catch (error) {
    for (const back of undo.toReversed()) back()
    throw error
  } finally {
    transaction.undo = undefined
  }
}

const nobody: Found = new Set()

/** @param firstId of the first row, so that ids of different tables do not look alike */
export function createTable(
  shapes: readonly IndexShape[],
  firstId: number,
  transaction: Transaction = { undo: undefined },
): Table {
  const rows = new Map<number, Row>()
  const indexes = shapes.map((shape) => ({ shape, ids: new Map<string, Set<number>>() }))
  let nextId = firstId
  /** A row came back after later ones: put in order before the next reading. */
  let disordered = false

  const put = (row: Row): void => {
    for (const { shape, ids } of indexes) {
      const key = keyOf(shape, row.values)
      if (key === undefined) continue
      const held = ids.get(key)
      if (held === undefined) ids.set(key, new Set([row.id]))
      else held.add(row.id)
    }
    rows.set(row.id, row)
  }

  const unindex = (row: Row): void => {
    for (const { shape, ids } of indexes) {
      const key = keyOf(shape, row.values)
      if (key === undefined) continue
      const held = ids.get(key)
      held?.delete(row.id)
      if (held?.size === 0) ids.delete(key)
    }
  }

  /** @param id of the row that may keep its own values */
  const check = (values: Readonly<Record<string, string>>, id?: number): void => {
    for (const { shape, ids } of indexes) {
      if (!shape.unique) continue
      const key = keyOf(shape, values)
      const [holder] = key === undefined ? [] : (ids.get(key) ?? [])
      if (holder === undefined || holder === id) continue
      throw new UniqueViolated(
        shape,
        shape.attributes.map((attribute) => values[attribute] ?? ''),
      )
    }
  }

  const remove = (row: Row): void => {
    unindex(row)
    rows.delete(row.id)
  }

  return {
    get: (id) => rows.get(id),
    all: () => {
      if (disordered) sortById(rows)
      disordered = false
      return rows.values()
    },
    size: () => rows.size,
    find: (attributes, values) => {
      const index = indexes.find(
        ({ shape }) =>
          shape.attributes.length === attributes.length &&
          shape.attributes.every((attribute) => attributes.includes(attribute)),
      )
      if (index === undefined) return undefined
      const wanted = Object.fromEntries(
        attributes.map((attribute, place) => [attribute, values[place] ?? '']),
      )
      const key = keyOf(index.shape, wanted)
      return key === undefined ? nobody : (index.ids.get(key) ?? nobody)
    },
    insert: (values) => {
      const kept = withoutEmpty(values)
      check(kept)
      const row: Row = { id: nextId, values: kept }
      nextId += 1
      put(row)
      transaction.undo?.push(() => remove(row))
      return row
    },
    update: (row, values) => {
      const changed: Row = { id: row.id, values: withoutEmpty({ ...row.values, ...values }) }
      check(changed.values, row.id)
      unindex(row)
      put(changed)
      transaction.undo?.push(() => {
        unindex(changed)
        put(row)
      })
      return changed
    },
    remove: (row) => {
      remove(row)
      transaction.undo?.push(() => {
        put(row)
        disordered = true
      })
    },
    snapshot: () => ({ nextId, rows: [...rows.values()] }),
    restore: (state) => {
      rows.clear()
      for (const { ids } of indexes) ids.clear()
      for (const row of state.rows) put(row)
      nextId = state.nextId
    },
  }
}

function keyOf(shape: IndexShape, values: Readonly<Record<string, string>>): string | undefined {
  const parts: string[] = []
  for (const attribute of shape.attributes) {
    const value = values[attribute] ?? ''
    if (value === '') return undefined
    parts.push(value)
  }
  return parts.length === 1 ? parts[0] : parts.join('\u0000')
}

function withoutEmpty(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

function sortById(rows: Map<number, Row>): void {
  const sorted = [...rows].toSorted(([a], [b]) => a - b)
  rows.clear()
  for (const [id, row] of sorted) rows.set(id, row)
}
