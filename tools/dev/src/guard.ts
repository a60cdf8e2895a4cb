import { spawn } from 'node:child_process'

/** Stands by until {@link Guard.dismiss} is called or this process is gone. */
export interface Guard {
  /** Undefined where it could not be started. */
  readonly processId: number | undefined
  /** Ends the guard without touching what it guards. Safe to call twice. */
  readonly dismiss: () => void
}

/**
 * `cat` returns when the pipe's other end, held by this process alone, is closed: on exit, on a crash, and on `kill -9`,
 * where no handler of ours runs any more. What is guarded gets 10 s to stop in order.
 */
const script = `
cat >/dev/null
kill -s TERM -- "$1" 2>/dev/null || exit 0
n=0
while kill -s 0 -- "$1" 2>/dev/null; do
  n=$((n + 1))
  if [ "$n" -gt 100 ]; then kill -s KILL -- "$1" 2>/dev/null; exit 0; fi
  sleep 0.1
done
`

/**
 * Makes sure that a process does not outlive this one, however this one ends.
 * @param target a process id, or a process group as its negative id
 */
export function standGuard(target: number): Guard {
  // Its own process group, so that Ctrl-C in the terminal does not take the guard away before its time.
  const guard = spawn('/bin/sh', ['-c', script, 'segue-guard', String(target)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // A machine without /bin/sh still works; only the protection against `kill -9` is lost.
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()

  let standing = true
  return {
    processId: guard.pid,
    dismiss: () => {
      if (!standing || guard.pid === undefined || guard.exitCode !== null) return
      standing = false
      try {
        process.kill(-guard.pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
    },
  }
}
