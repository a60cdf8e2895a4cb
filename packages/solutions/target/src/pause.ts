import type { Refusal } from '@segue/solution-kit'

/** The receipt for everything not sent yet, where this one waits for the whole solution or for a person; else undefined. */
export function pauseOf(receipt: Refusal): Refusal | undefined {
  if (receipt.status === 'misconfigured') return receipt
  if (receipt.status !== 'retry' || receipt.scope !== 'solution') return undefined
  return { ...receipt, inDoubt: false }
}
