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
  /** The same, to be sent by somebody else. */
  readonly call: (
    keys: readonly string[],
    args: readonly (string | number | Uint8Array)[],
  ) => ScriptCall
}

/** A call of a script, by its hash and with its text: command and arguments. */
export interface ScriptCall {
  readonly byHash: [command: string, args: (string | number | Buffer)[]]
  readonly whole: [command: string, args: (string | number | Buffer)[]]
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
  const call: Script['call'] = (keys, args) => {
    // Views of a larger buffer are common (msgpackr), and ioredis writes Buffers as they are.
    const rest = [keys.length, ...keys, ...args.map(asArgument)]
    return { byHash: ['EVALSHA', [hash, ...rest]], whole: ['EVAL', [source, ...rest]] }
  }
  return {
    call,
    run: async (redis, keys, args) => {
      const { byHash, whole } = call(keys, args)
      try {
        return await redis.callBuffer(...byHash)
      } catch (error) {
        // A script that is not there did not run, so it is safe to send it again.
        if (!isNoScript(error)) throw error
        return redis.callBuffer(...whole)
      }
    },
  }
}

function asArgument(arg: string | number | Uint8Array): string | number | Buffer {
  return typeof arg === 'object' && !Buffer.isBuffer(arg)
    ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength)
    : arg
}

/** Whether the server does not know the script. */
export function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
