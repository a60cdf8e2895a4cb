import type { Range } from './outbox.ts'
import type { TraceParent } from './traces.ts'

/** A range that waits for its window: what one large delivery is made of. */
export interface WindowPointer {
  readonly partition: number
  readonly range: Range
  readonly rows: number
  /** The span that gathered it, where one of its rows is followed. */
  readonly trace?: TraceParent
}

/** The window that pointers were gathered in. */
export interface Window {
  /** Sortable; letters, digits and dashes. */
  readonly id: string
  /** Rows gathered in it so far. */
  readonly rows: number
}

/** Windows in which the pointers for a solution gather that wants few large deliveries (design §8). */
export interface Windows {
  /** Adds pointers to the open window of a dataflow and solution, opening one where there is none. */
  readonly gather: (
    solution: string,
    dataflow: string,
    pointers: readonly WindowPointer[],
  ) => Promise<Window>
  /** Closes the window, if it is open: what comes from now on gathers in another. */
  readonly close: (solution: string, dataflow: string, id: string) => Promise<void>
  /** The first pointers of a closed window, at most `limit`. */
  readonly first: (
    solution: string,
    dataflow: string,
    id: string,
    limit: number,
  ) => Promise<readonly WindowPointer[]>
  /** Drops the first `count` pointers of a closed window: they are delivered. */
  readonly drop: (solution: string, dataflow: string, id: string, count: number) => Promise<void>
}
