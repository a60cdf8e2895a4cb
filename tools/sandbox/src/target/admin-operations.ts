import { isObject } from '../json/json.ts'
import { invalidInput } from './admin-errors.ts'

/** One operation of a batch call. */
export interface Operation {
  readonly operationId: number
  readonly dependsOn: readonly number[]
  readonly method: (typeof methods)[number]
  readonly relativeUrl: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const mostOperations = 256
const mostHeaders = 50

/**
 * Reads the operations of a batch call, each after those that it depends on (reference §5.3). The samples print optional
 * fields with `~` at the end, the tables without: both are read.
 * @throws AdminRefused 400
 */
export function readOperations(given: unknown): readonly Operation[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > mostOperations) {
    throw invalidInput(`operations must be an array of 1 to ${mostOperations}`)
  }
  const operations = new Map<number, Operation>()
  for (const entry of given) {
    const operation = readOperation(entry)
    if (operations.has(operation.operationId)) throw invalidInput('operationId must be unique')
    operations.set(operation.operationId, operation)
  }
  return inOrder(operations)
}

function readOperation(given: unknown): Operation {
  if (!isObject(given)) throw invalidInput('an operation must be an object')
  const optional = (name: string): unknown => given[name] ?? given[`${name}~`]
  const { operationId, relativeUrl } = given
  if (!isOperationId(operationId)) throw invalidInput('operationId must be from 0 to 255')
  const method = methods.find((one) => one === given['method'])
  if (method === undefined) throw invalidInput(`method must be one of ${methods.join(', ')}`)
  if (typeof relativeUrl !== 'string' || !relativeUrl.startsWith('/')) {
    throw invalidInput('relativeUrl must start with /')
  }
  const dependsOn = optional('dependsOnOperationIds') ?? optional('dependsOnOperationId') ?? []
  const ids: unknown[] = Array.isArray(dependsOn) ? dependsOn : [dependsOn]
  if (!ids.every(isOperationId) || new Set(ids).size < ids.length) {
    throw invalidInput('dependsOnOperationIds must be operation ids, each once')
  }
  return {
    operationId,
    dependsOn: ids,
    method,
    relativeUrl,
    headers: headersOf(optional('headers') ?? []),
    body: JSON.stringify(optional('body') ?? {}),
  }
}

function headersOf(given: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(given) || given.length > mostHeaders) {
    throw invalidInput(`headers must be an array of at most ${mostHeaders}`)
  }
  return Object.fromEntries(
    given.map((header): [string, string] => {
      const { name, value = '' } = isObject(header) ? header : {}
      if (typeof name !== 'string' || typeof value !== 'string') {
        throw invalidInput('a header must have a name and a value')
      }
      return [name.toLowerCase(), value]
    }),
  )
}

function isOperationId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < mostOperations
}

/** Each after those that it depends on. @throws AdminRefused 400 for one that is not there, and for a circle */
function inOrder(operations: ReadonlyMap<number, Operation>): readonly Operation[] {
  const ordered = new Set<Operation>()
  const open = new Set<Operation>()
  const place = (operation: Operation): void => {
    if (ordered.has(operation)) return
    if (open.has(operation))
      throw invalidInput('operations must not depend on each other in a circle')
    open.add(operation)
    for (const id of operation.dependsOn) {
      const earlier = operations.get(id)
      if (earlier === undefined) throw invalidInput(`there is no operation ${id}`)
      place(earlier)
    }
    open.delete(operation)
    ordered.add(operation)
  }
  for (const operation of operations.values()) place(operation)
  return [...ordered]
}
