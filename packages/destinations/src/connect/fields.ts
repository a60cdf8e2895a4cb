import { Refusal } from '../configuration/refusal.ts'
import type { DestinationCode } from '../codes.ts'

/** What is wrong where: a JSON pointer into the object. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

const nameLengthMax = 255
const descriptionLengthMax = 2_000

/** @throws Refusal where there are faults, naming all of them */
export function refuseFaults(code: DestinationCode, faults: readonly Fault[]): void {
  const [first] = faults
  if (first === undefined) return
  throw new Refusal(code, `${first.pointer} ${first.detail}`, { errors: faults })
}

/** A name and a description: the name is required, the description is not (seed: "Fill in destination details"). */
export function namedFaults({
  name,
  description,
}: {
  readonly name: unknown
  readonly description: unknown
}): readonly Fault[] {
  const faults: Fault[] = []
  if (typeof name !== 'string' || name.trim() === '' || name.length > nameLengthMax) {
    faults.push({ pointer: '/name', detail: `must be 1 to ${nameLengthMax} characters` })
  }
  const isText = description === undefined || typeof description === 'string'
  if (!isText || (description ?? '').length > descriptionLengthMax) {
    faults.push({
      pointer: '/description',
      detail: `must be at most ${descriptionLengthMax} characters`,
    })
  }
  return faults
}

/**
 * Name and description of an object that a patch has changed; a description that was removed is an empty one.
 * @throws Refusal where they are none
 */
export function readNamed(
  code: DestinationCode,
  given: unknown,
): { readonly name: string; readonly description: string } {
  const [name, description = ''] = [fieldOf(given, 'name'), fieldOf(given, 'description')]
  refuseFaults(code, namedFaults({ name, description }))
  return {
    name: textOf(name).trim(),
    description: textOf(description),
  }
}

/** A text; empty where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * Where two values differ, beyond what may be changed.
 *
 * @param editable JSON pointers of what may be changed, with all below them
 */
export function readOnlyFaults(
  before: unknown,
  after: unknown,
  editable: readonly string[],
  at = '',
): readonly Fault[] {
  if (editable.includes(at) || before === after) return []
  const changed: readonly Fault[] = [{ pointer: at, detail: 'cannot be changed' }]
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return changed
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) =>
    readOnlyFaults(
      Reflect.get(before, name),
      Reflect.get(after, name),
      editable,
      `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    ),
  )
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A field of an object that may be none. */
export function fieldOf(value: unknown, name: string): unknown {
  return isTree(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
