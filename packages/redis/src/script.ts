import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisConnection } from './connection.ts'

/** A Lua script, called by its hash; its head comment states keys, arguments and the guarantee it gives. */
export interface Script {
  /** @returns the reply, strings as Buffers */
  readonly run: (
    redis: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number | Uint8Array)[],
  ) => Promise<unknown>
}

/**
 * @param name of the file in `lua/`, without its ending
 * @param before names of files with functions that it calls
 */
export function loadScript(name: string, ...before: readonly string[]): Script {
  const source = [...before, name]
    .map((part) => readFileSync(new URL(`lua/${part}.lua`, import.meta.url), 'utf8'))
    .join('')
  const hash = createHash('sha1').update(source).digest('hex')
  return {
    run: async (redis, keys, args) => {
      // Views of a larger buffer are common (msgpackr), and ioredis writes Buffers as they are.
      const rest = [keys.length, ...keys, ...args.map(asArgument)]
      try {
        return await redis.callBuffer('EVALSHA', [hash, ...rest])
      } catch (error) {
        // A script that is not there did not run, so it is safe to send it again.
        if (!isNoScript(error)) throw error
        return redis.callBuffer('EVAL', [source, ...rest])
      }
    },
  }
}

function asArgument(arg: string | number | Uint8Array): string | number | Buffer {
  return typeof arg === 'object' && !Buffer.isBuffer(arg)
    ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength)
    : arg
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
