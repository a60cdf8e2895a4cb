import type { Receipt } from './receipt.ts'

/**
 * One receipt for a row whose parts went separate ways (several leads, several files, several calls).
 * The part that needs the most wins: a wrong setting, then a pause of the solution, then a repeat of the row, then a rejection;
 * delivered only if every part was. Doubt of any part makes the repeat in doubt, and the longest wait is kept.
 */
export function worstReceipt(parts: readonly [Receipt, ...Receipt[]]): Receipt {
  return parts.reduce(worseOf)
}

function worseOf(left: Receipt, right: Receipt): Receipt {
  const [worse, better] = rank(right) > rank(left) ? [right, left] : [left, right]
  if (worse.status === 'retry' && better.status === 'retry') {
    const afterMs = Math.max(worse.afterMs, better.afterMs)
    return { ...worse, afterMs, inDoubt: worse.inDoubt || better.inDoubt }
  }
  if (worse.status === 'delivered' && better.status === 'delivered') {
    return { ...better, ...worse, applied: worse.applied && better.applied }
  }
  return worse
}

function rank(receipt: Receipt): number {
  switch (receipt.status) {
    case 'misconfigured':
      return 5
    case 'retry':
      return receipt.scope === 'solution' ? 4 : 3
    case 'rejected':
      return receipt.kind === 'failed' ? 2 : 1
    case 'delivered':
      return 0
  }
}
