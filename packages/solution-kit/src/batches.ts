/** How large one call may be. */
export interface BatchLimits<Item> {
  readonly maxCount: number
  readonly maxBytes: number
  /** What one item adds to the call, separators included. */
  readonly bytesOf: (item: Item) => number
}

/**
 * Cuts items into consecutive batches that keep both limits, greedily, order kept.
 * An item that alone is over `maxBytes` gets a batch of its own: the server's answer then concerns it only.
 */
export function batches<Item>(items: Iterable<Item>, limits: BatchLimits<Item>): Item[][] {
  const all: Item[][] = []
  let batch: Item[] = []
  let bytes = 0
  for (const item of items) {
    const size = limits.bytesOf(item)
    const full = batch.length >= limits.maxCount || bytes + size > limits.maxBytes
    if (full && batch.length > 0) {
      all.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) all.push(batch)
  return all
}

/** The two halves of a batch that a server found too large; undefined where there is nothing left to halve. */
export function halves<Item>(
  batch: readonly Item[],
): readonly [readonly Item[], readonly Item[]] | undefined {
  if (batch.length < 2) return undefined
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}
