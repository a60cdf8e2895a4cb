/** Texts in order, each with the rows that have it, to find all that begin with something. */
export interface PrefixIndex {
  readonly add: (text: string, id: number) => void
  readonly drop: (text: string, id: number) => void
  /** Ids ascending. Upper and lower case differ. */
  readonly startingWith: (prefix: string) => readonly number[]
  readonly clear: () => void
}

interface Entry {
  readonly text: string
  readonly id: number
}

export function createPrefixIndex(): PrefixIndex {
  let entries: Entry[] = []
  /** Many are added at once when people are seeded: sorted at the next look-up, not one by one. */
  let fresh: Entry[] = []

  const settle = (): void => {
    if (fresh.length === 0) return
    if (fresh.length < 16) {
      for (const entry of fresh) entries.splice(placeOf(entries, entry), 0, entry)
    } else {
      entries = [...entries, ...fresh].toSorted(compare)
    }
    fresh = []
  }

  return {
    add: (text, id) => {
      if (text !== '') fresh.push({ text, id })
    },
    drop: (text, id) => {
      settle()
      const place = placeOf(entries, { text, id })
      const entry = entries[place]
      if (entry?.text === text && entry.id === id) entries.splice(place, 1)
    },
    startingWith: (prefix) => {
      settle()
      const ids: number[] = []
      for (
        let place = placeOf(entries, { text: prefix, id: 0 });
        place < entries.length;
        place += 1
      ) {
        const entry = entries[place]
        if (entry === undefined || !entry.text.startsWith(prefix)) break
        ids.push(entry.id)
      }
      return ids.toSorted((a, b) => a - b)
    },
    clear: () => {
      entries = []
      fresh = []
    },
  }
}

function compare(a: Entry, b: Entry): number {
  if (a.text !== b.text) return a.text < b.text ? -1 : 1
  return a.id - b.id
}

/** Where the entry is, or would be. */
function placeOf(entries: readonly Entry[], wanted: Entry): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = entries[middle]
    if (entry !== undefined && compare(entry, wanted) < 0) low = middle + 1
    else high = middle
  }
  return low
}
