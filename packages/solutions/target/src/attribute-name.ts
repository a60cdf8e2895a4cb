import { hash } from 'node:crypto'
import { remoteSegmentId } from '@segue/solution-kit'
import type { Segment } from '@segue/model'

/** The longest name that the Delivery API takes (`reference/solutions.md` §5.2). */
export const maxAttributeName = 128

const prefix = 'aepseg_'

/**
 * The profile attribute that says whether a person is in the segment: `aepseg_` and the segment's remote id in letters, digits and underscores
 * (`reference/solutions.md` §5.2). No two segments share one, and none is over `maxAttributeName`.
 *
 * A dash is two underscores; any other byte of the id is one and its two hex digits: what follows an underscore tells which, so the id can be read back. An
 * id that is too long for that goes as its SHA-256 after `_h`, which starts no other name.
 */
export function attributeName(segment: Segment): string {
  const id = remoteSegmentId(segment)
  const name = prefix + escaped(id)
  return name.length <= maxAttributeName ? name : `${prefix}_h${hash('sha256', id, 'hex')}`
}

function escaped(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9]/gu, (character) => {
    if (character === '-') return '__'
    const bytes = [...Buffer.from(character)]
    return bytes.map((byte) => `_${byte.toString(16).padStart(2, '0')}`).join('')
  })
}
