import { ownText } from './own-text.ts'

/** One attribute of a profile; several profiles may share it. */
export interface Attribute {
  readonly value: string
  readonly modifiedMs: number
}

/** Attribute names and values. */
export type Entries = readonly (readonly [name: string, value: string])[]

/** As a state file has them. */
export type KeptAttributes = readonly (readonly [name: string, value: string, modifiedMs: number])[]

/** Values that many profiles have at the same time (`realized`) are held once; of a run of them, this many. */
const sharedAttributes = 1000

/** Makes attributes, and gives the same one again for the same value and time. */
export function createAttributes(): (value: string, modifiedMs: number) => Attribute {
  const shared = new Map<string, Attribute>()
  return (value, modifiedMs) => {
    const known = shared.get(value)
    if (known?.modifiedMs === modifiedMs) return known
    if (shared.size >= sharedAttributes) shared.clear()
    const made = { value: ownText(value), modifiedMs }
    shared.set(made.value, made)
    return made
  }
}

/** Bytes of names and values in UTF-8. */
export function sizeOf(entries: Entries): number {
  let bytes = 0
  for (const [name, value] of entries) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

export function keptOf(attributes: ReadonlyMap<string, Attribute>): KeptAttributes {
  return [...attributes].map(([name, { value, modifiedMs }]) => [name, value, modifiedMs])
}
