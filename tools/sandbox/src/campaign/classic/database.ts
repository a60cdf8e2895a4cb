import type { Clock } from '../../clock/clock.ts'
import { createEngineCalls, type EngineCalls } from '../engine-calls.ts'
import type { People } from '../people.ts'
import type { CampaignSettings } from '../settings.ts'
import {
  createTable,
  type Found,
  type Row,
  type Table,
  type TableState,
  type Transaction,
} from '../table.ts'
import { timeText } from '../time-text.ts'
import { unknownAttribute, unknownSchema } from './faults.ts'
import { classicSchemas, type Schema, titleOf } from './schemas.ts'
import { createSessions, type Sessions } from './sessions.ts'

/** One Campaign Classic instance: what its methods share. */
export interface ClassicInstance {
  readonly settings: CampaignSettings
  readonly calls: EngineCalls
  readonly sessions: Sessions
  readonly people: People
  readonly transaction: Transaction
  /** @throws ClassicRefused where there is none */
  readonly schema: (id: string) => Schema
  readonly schemas: ReadonlyMap<string, Schema>
  readonly table: (schema: Schema) => Table
  /** The value at a path from a record, over links; empty where there is none. @throws ClassicRefused for an unknown path */
  readonly valueOf: (schema: Schema, row: Row, path: string) => string
  /** Records by one attribute's value; undefined where they are not indexed by it. */
  readonly find: (schema: Schema, attribute: string, value: string) => Found | undefined
  /** Deletes a record and those that point to it. */
  readonly remove: (schema: Schema, row: Row) => void
  readonly now: () => string
  readonly touch: () => void
  readonly snapshot: () => ClassicState
  readonly restore: (state: ClassicState) => void
}

export type ClassicState = Readonly<Record<string, TableState>>

export function createClassicInstance(
  settings: CampaignSettings,
  clock: Clock,
  touch: () => void,
): ClassicInstance {
  const schemas = classicSchemas(settings)
  const transaction: Transaction = { undo: undefined }
  const tables = new Map(
    [...schemas.values()].map((schema) => [
      schema.id,
      createTable(schema.indexes, schema.firstId, transaction),
    ]),
  )
  const now = (): string => timeText(clock.nowMs())

  const schemaOf = (id: string): Schema => {
    const schema = schemas.get(id)
    if (schema === undefined) throw unknownSchema(id)
    return schema
  }
  const tableOf = ({ id }: Schema): Table => {
    const table = tables.get(id)
    if (table === undefined) throw unknownSchema(id)
    return table
  }

  const valueOf = (schema: Schema, row: Row, path: string): string => {
    if (schema.attributes.has(path)) {
      return path === 'id' ? String(row.id) : (row.values[path] ?? '')
    }
    const [step = '', ...rest] = path.split('/')
    const link = schema.links.find(({ name }) => name === step)
    if (link === undefined || rest.length === 0) throw unknownAttribute(path, titleOf(schema))
    const target = schemaOf(link.schema)
    const linked = tableOf(target).get(Number(row.values[link.by] ?? 0))
    return valueOf(target, linked ?? { id: 0, values: {} }, rest.join('/'))
  }

  const find = (schema: Schema, attribute: string, value: string): Found | undefined => {
    const table = tableOf(schema)
    if (attribute !== 'id') return table.find([attribute], [value])
    const row = table.get(Number(value))
    return new Set(row === undefined ? [] : [row.id])
  }

  const remove = (schema: Schema, row: Row): void => {
    for (const { schema: id, by } of schema.collections) {
      const child = schemaOf(id)
      for (const each of tableOf(child).find([by], [String(row.id)]) ?? []) {
        const held = tableOf(child).get(each)
        if (held !== undefined) tableOf(child).remove(held)
      }
    }
    tableOf(schema).remove(row)
  }

  const folders = tableOf(schemaOf('xtk:folder'))
  const root = folders.insert({ name: 'xtkRoot', label: 'Root', fullName: '/' })
  const folder = (name: string, label: string, model: string): Row =>
    folders.insert({
      name,
      label,
      model,
      fullName: `/${label}/`,
      'parent-id': String(root.id),
    })
  const recipientFolder = folder('nmsRootFolder', 'Recipients', 'nmsFolder')
  folder(settings.groupFolder, 'Segue groups', 'nmsGroup')
  folder('nmsServiceFolder', 'Services', 'nmsService')

  return {
    settings,
    calls: createEngineCalls(settings.engineCallsPerDay, clock),
    sessions: createSessions(settings.sessionTtlS, clock),
    people: {
      table: tableOf(schemaOf('nms:recipient')),
      keys: settings.classicKeys,
      defaults: () => ({
        'folder-id': String(recipientFolder.id),
        created: now(),
        lastModified: now(),
      }),
    },
    transaction,
    schema: schemaOf,
    schemas,
    table: tableOf,
    valueOf,
    find,
    remove,
    now,
    touch,
    snapshot: () => Object.fromEntries([...tables].map(([id, table]) => [id, table.snapshot()])),
    restore: (state) => {
      for (const [id, table] of tables) {
        const kept = state[id]
        if (kept !== undefined) table.restore(kept)
      }
    },
  }
}
