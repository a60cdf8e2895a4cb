import type { ProfileState } from './profile-state.ts'

/** How large a file may be; Target's own bounds are under 50 MB and 500,000 rows (`reference/solutions.md` §5.2). */
export interface FileLimits {
  readonly maxRows: number
  readonly maxBytes: number
}

const start = 'batch=thirdPartyId'

/**
 * Cuts states into consecutive files that keep both limits, order kept. A state that alone is over the bytes gets a file of its own: the answer then concerns
 * it only.
 */
export function cutFiles<State extends ProfileState>(
  states: Iterable<State>,
  limits: FileLimits,
): State[][] {
  const files: State[][] = []
  let file: State[] = []
  let columns = new Set<string>()
  let headerBytes = start.length
  let cellBytes = 0

  for (const state of states) {
    let newHeaderBytes = headerBytes
    let newColumns = columns.size
    for (const name of state.attributes.keys()) {
      if (columns.has(name)) continue
      newColumns += 1
      newHeaderBytes += name.length + 1
    }
    const rows = file.length + 1
    const newCellBytes = cellBytes + bytesOfCells(state)
    // Each row has a line break before it and a comma for each column.
    const bytes = newHeaderBytes + newCellBytes + rows * (1 + newColumns)
    if (file.length > 0 && (rows > limits.maxRows || bytes > limits.maxBytes)) {
      files.push(file)
      file = []
      columns = new Set()
      headerBytes = start.length
      cellBytes = 0
    }
    file.push(state)
    cellBytes += bytesOfCells(state)
    for (const name of state.attributes.keys()) {
      if (columns.has(name)) continue
      columns.add(name)
      headerBytes += name.length + 1
    }
  }
  if (file.length > 0) files.push(file)
  return files
}

/**
 * Writes a file of the Bulk Profile Update API: a header with every attribute that any of the profiles has, and a line a profile. A profile that does not
 * have an attribute has an empty cell there, which Target ignores (`reference/solutions.md` §5.2).
 */
export function batchFile(states: readonly ProfileState[]): string {
  const columns = [...new Set(states.flatMap(({ attributes }) => [...attributes.keys()]))]
  const lines = states.map(({ id, attributes }) =>
    [encodeURIComponent(id), ...columns.map((name) => attributes.get(name) ?? '')].join(','),
  )
  return [[start, ...columns].join(','), ...lines].join('\n')
}

function bytesOfCells({ id, attributes }: ProfileState): number {
  let bytes = encodeURIComponent(id).length
  for (const status of attributes.values()) bytes += status.length
  return bytes
}
