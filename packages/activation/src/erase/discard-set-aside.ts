import type { SetAsides } from '@segue/runtime'
import { isNamedIn } from './find-traces.ts'

/**
 * Discards what was set aside and names an erased profile, whoever else it names: what cannot be read cannot be divided.
 */
export async function discardSetAside(
  setAsides: SetAsides,
  partition: number,
  profileKey: string,
): Promise<void> {
  for (const { place, packed } of await setAsides.list(partition)) {
    if (isNamedIn(Buffer.from(packed), profileKey)) await setAsides.discard(partition, place)
  }
}
