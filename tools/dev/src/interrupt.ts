export interface InterruptOptions {
  /** The first Ctrl-C (or SIGTERM, or a closed terminal): stop in order. */
  readonly onFirst: () => void
  /** The second: end at once. */
  readonly onSecond: () => void
}

/** Listens for the signals that ask a program to end. @returns stops listening */
export function onInterrupt(options: InterruptOptions): () => void {
  let count = 0
  const onSignal = (): void => {
    count += 1
    if (count === 1) options.onFirst()
    else if (count === 2) options.onSecond()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
