/**
 * Runs a task so that no two runs overlap, and that each call is followed by a run that began after it: calls that come while one
 * is under way share the next.
 *
 * @returns settles as that run does
 */
export function oneAfterAnother(task: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = async (): Promise<void> => {
    try {
      await task()
    } finally {
      current = undefined
    }
  }
  return () => {
    // Between the end of a run and the begin of the next there is a moment without either.
    if (current === undefined && next === undefined) {
      current = start()
      return current
    }
    next ??= (current ?? Promise.resolve()).then(noop, noop).then(() => {
      next = undefined
      current = start()
      return current
    })
    return next
  }
}

function noop(): void {
  // How the run before ended is told to whoever asked for that one.
}
