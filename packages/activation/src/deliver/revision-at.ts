import type { Desired } from '@segue/profile'
import { recordsPerBatchLimit } from '@segue/runtime'

export type Revision = Pick<Desired, 'revisionMs' | 'revisionSequence'>

/**
 * The revision of what is true as of an offset: later than anything that a solution may have been told of it by then, earlier than
 * whatever comes.
 *
 * @param offset `ms-sequence`
 */
export function revisionAt(offset: string): Revision {
  const [revisionMs = 0, sequence = 0] = offset.split('-').map(Number)
  return { revisionMs, revisionSequence: (sequence + 1) * recordsPerBatchLimit - 1 }
}
