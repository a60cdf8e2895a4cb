/** Things that happen at a time, taken out in order of time, and of arrival where times are equal (a binary heap). */
export interface DueQueue<T> {
  readonly add: (atMs: number, item: T) => void
  /** Takes out the earliest. */
  readonly take: () => { readonly atMs: number; readonly item: T } | undefined
  readonly size: () => number
}

interface Entry<T> {
  readonly atMs: number
  readonly order: number
  readonly item: T
}

export function dueQueue<T>(): DueQueue<T> {
  const heap: Entry<T>[] = []
  let added = 0

  const at = (index: number): Entry<T> => {
    const entry = heap[index]
    if (entry === undefined) throw new RangeError('the heap has no such entry')
    return entry
  }
  const earlier = (a: Entry<T>, b: Entry<T>): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

  const rise = (entry: Entry<T>, from: number): void => {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!earlier(entry, at(parent))) break
      heap[index] = at(parent)
      index = parent
    }
    heap[index] = entry
  }
  const sink = (entry: Entry<T>): void => {
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && earlier(at(child + 1), at(child))) child += 1
      if (!earlier(at(child), entry)) break
      heap[index] = at(child)
      index = child
    }
    heap[index] = entry
  }

  return {
    add: (atMs, item) => {
      const entry = { atMs, order: added, item }
      added += 1
      heap.push(entry)
      rise(entry, heap.length - 1)
    },
    take: () => {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return undefined
      if (heap.length > 0) sink(last)
      return { atMs: first.atMs, item: first.item }
    },
    size: () => heap.length,
  }
}
