/** One request that a server had. No identity is in it. */
interface JournalEntry {
  readonly seq: number
  /** On the sandbox's clock. */
  readonly atMs: number
  readonly solution: string
  readonly operation: string
  /** The HTTP status; 0 where no answer went out. */
  readonly status: number
  /** `ok`, the code that was answered, or `hang` and `drop`. */
  readonly answer: string
  /** The fault that was asked for, `apply-500`; absent where the answer is the server's own. */
  readonly fault?: string
  /** Whether the request took effect, whatever the client was told. */
  readonly applied: boolean
  /** Lead ids, where the operation is about leads. */
  readonly rows?: readonly number[]
}

/** `faults`: calls that a fault plan made fail, slow ones not among them. */
type JournalTotals = Record<
  string,
  Record<string, Record<string, { calls: number; rows: number; faults: number }>>
>

interface JournalQuery {
  readonly solution?: string
  readonly operation?: string
  /** Only entries with a greater `seq`. */
  readonly after?: number
}

/** What the servers were asked, the last requests and the totals since the start. */
export interface Journal {
  readonly record: (entry: Omit<JournalEntry, 'seq' | 'atMs'>) => void
  readonly entries: (query: JournalQuery) => readonly JournalEntry[]
  /** By solution, operation, answer. */
  readonly totals: () => JournalTotals
}

/** @param bound entries kept; older ones go first */
export function createJournal(bound: number, nowMs: () => number): Journal {
  const ring: JournalEntry[] = []
  const totals: JournalTotals = {}
  let seq = 0
  return {
    record: (entry) => {
      if (bound > 0) ring[seq % bound] = { seq: seq + 1, atMs: nowMs(), ...entry }
      seq += 1
      const operations = (totals[entry.solution] ??= {})
      const answers = (operations[entry.operation] ??= {})
      const total = (answers[entry.answer] ??= { calls: 0, rows: 0, faults: 0 })
      total.calls += 1
      if (entry.fault?.startsWith('latency') === false) total.faults += 1
      total.rows += entry.rows?.length ?? 0
    },
    entries: ({ solution, operation, after = 0 }) =>
      ring
        .filter(
          (entry) =>
            entry.seq > after &&
            (solution === undefined || entry.solution === solution) &&
            (operation === undefined || entry.operation === operation),
        )
        .toSorted((a, b) => a.seq - b.seq),
    totals: () => totals,
  }
}
