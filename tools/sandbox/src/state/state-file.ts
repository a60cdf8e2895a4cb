import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A state file that cannot be read. The message says what to do. */
export class StateUnreadable extends Error {
  readonly code = 'SANDBOX_STATE_UNREADABLE'
}

/** Keeps what the servers hold in one JSON file, so that a restarted sandbox still has its list members. */
export interface StateFile<T> {
  /** Undefined where there is no file yet. @throws StateUnreadable */
  readonly read: () => T | undefined
  /** Says that something changed: the file is written soon. */
  readonly touch: () => void
  /** Writes what is not yet written. */
  readonly close: () => void
}

/** A change waits at least this long for others to join it. */
const shortestPauseMs = 500
/** Writing takes at most one part in this many of the time, however large the state has grown. */
const pauseToWriteRatio = 20

/**
 * @param isState whether what was read is a state; files of another version are not
 * @param collect the whole state as JSON-shaped data, called when it is written
 */
export function createStateFile<T>(
  path: string,
  isState: (read: unknown) => read is T,
  collect: () => T,
): StateFile<T> {
  let timer: NodeJS.Timeout | undefined
  let lastWriteMs = 0
  let dirty = false

  const write = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (!dirty) return
    dirty = false
    const startedMs = performance.now()
    // Renaming is atomic: a crash leaves the old file or the new one, never half of one.
    const draft = `${path}.${process.pid}.tmp`
    writeFileSync(draft, JSON.stringify(collect()), { flush: true })
    renameSync(draft, path)
    lastWriteMs = performance.now() - startedMs
  }

  /** A full disk must not end the servers; the next change, and the end, try again. */
  const writeOrSay = (): void => {
    try {
      write()
    } catch (error) {
      dirty = true
      process.stderr.write(`SANDBOX_STATE_UNWRITTEN: ${String(error)}\n`)
    }
  }

  return {
    read: () => {
      if (!existsSync(path)) return undefined
      const advice = `delete or move ${path} to start empty`
      let state: unknown
      try {
        state = JSON.parse(readFileSync(path, 'utf8'))
      } catch (cause) {
        throw new StateUnreadable(`the state file is not JSON; ${advice}`, { cause })
      }
      if (isState(state)) return state
      throw new StateUnreadable(`the state file is of another version; ${advice}`)
    },
    touch: () => {
      dirty = true
      timer ??= setTimeout(writeOrSay, Math.max(shortestPauseMs, lastWriteMs * pauseToWriteRatio))
    },
    close: write,
  }
}
