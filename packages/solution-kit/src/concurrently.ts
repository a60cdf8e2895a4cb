/**
 * Runs a task for every item, at most `limit` at once, and answers their results in the items' order.
 * The first task that throws ends it, once those under way are done.
 */
export async function concurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  // One iterator for all: each worker takes the next item that nobody has taken.
  async function worker(): Promise<void> {
    for (const [index, item] of queue) results[index] = await task(item)
  }
  const workers = Array.from({ length: Math.min(limit, items.length) }, worker)
  const ended = await Promise.allSettled(workers)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return results
}
