import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { openTestRedis } from './redis-subject.ts'

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A server that a test started. */
export interface TestServer {
  readonly pid: number
  /** Ends it at once, as kill -9 does, and waits until it is gone. */
  readonly kill: () => Promise<void>
}

/** Starts the same Redis program as the tests' own, with other settings. It ends with this process at the latest. */
export async function startServer(settings: readonly string[]): Promise<TestServer> {
  const redis = await openTestRedis()
  const program = /^executable:(.*?)\r?$/m.exec(await redis.info('server'))?.[1] ?? 'redis-server'
  await redis.quit()
  // The shell ends the server as soon as its own input ends, which it does with whoever holds the other end.
  // A file that may not grow gives an error then, instead of ending the server.
  const script =
    'trap "" XFSZ; "$@" >/dev/null & server=$!; echo "$server"; read -r _; kill -9 "$server"; wait "$server"'
  const common = ['--bind', '127.0.0.1', '--save', '']
  const shell = spawn('sh', ['-c', script, 'sh', program, ...common, ...settings], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(shell, 'exit')
  const [line]: unknown[] = await once(shell.stdout, 'data')
  return {
    pid: Number(String(line).trim()),
    kill: async () => {
      shell.stdin.end()
      await ended
    },
  }
}
