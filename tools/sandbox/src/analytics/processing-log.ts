/** Collects what is wrong with rows, as `processing_log` tells it. */
export interface ProcessingLog {
  /** @param type what is counted as one kind of error */
  readonly note: (row: number, type: string, said: string) => void
  readonly text: () => string
}

/** Rows of an error type are named up to this many; beyond, they are only counted (reference §2.2). */
const rowsNamed = 10

/** Rows are numbered from 1, the header is not counted [I]. */
export function processingLog(): ProcessingLog {
  const types = new Map<string, { count: number; named: { row: number; said: string }[] }>()
  return {
    note: (row, type, said) => {
      const noted = types.get(type) ?? { count: 0, named: [] }
      types.set(type, noted)
      noted.count += 1
      if (noted.named.length < rowsNamed) noted.named.push({ row, said })
    },
    text: () => {
      const named = [...types.values()]
        .filter(({ count }) => count <= rowsNamed)
        .flatMap(({ named: rows }) => rows)
        .toSorted((a, b) => a.row - b.row)
        .map(({ row, said }) => `On row: ${row}, ${said} `)
      const counted = [...types]
        .filter(([, { count }]) => count > rowsNamed)
        .map(([type, { count }]) => `${count} rows: ${type}. `)
      return [...named, ...counted].join('')
    },
  }
}
