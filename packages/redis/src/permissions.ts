import type { Redis } from 'ioredis'
import { loadScript } from './script.ts'

/**
 * The least that Redis' ACL must allow gateway and processor, beside `on` and a password. Checked at each start, and held by a
 * test that runs everything as such a user.
 */
export const permissionRule =
  '~{segue* &segue:* +@read +@write +@connection +@scripting +@pubsub +@transaction -@dangerous +info +time +cluster|info +cluster|slots'

const permissionsScript = loadScript('permissions')

/** A key and a channel as any of Segue's and of its queues. */
const key = '{segue:acl}:acl'
const channel = 'segue:acl'

/** What Segue and its queues send, and what their scripts run, by the fewest arguments that a command takes. */
const commands: readonly { readonly words: readonly string[]; readonly names: string }[] = [
  {
    words: [key],
    names:
      'GET HGETALL HKEYS HVALS HLEN LLEN PTTL SCARD SMEMBERS TYPE XLEN ZCARD EXISTS DEL UNLINK INCR LPOP RPOP PERSIST ZPOPMIN',
  },
  {
    words: [key, '0'],
    names:
      'HDEL HEXISTS HGET HMGET LINDEX LPUSH RPUSH SADD SET SETNX SISMEMBER SREM ZREM ZSCORE EXPIRE PEXPIRE PEXPIREAT INCRBY HSCAN SSCAN ZSCAN LPOS XDEL BZPOPMIN',
  },
  {
    words: [key, '0', '0'],
    names:
      'HINCRBY HSET HSETNX HMSET LRANGE LREM LSET LTRIM XRANGE XTRIM ZADD ZCOUNT ZLEXCOUNT ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYSCORE',
  },
  { words: [key, '*', 'f', 'v'], names: 'XADD' },
  { words: ['STREAMS', key, '0'], names: 'XREAD' },
  { words: [key, key], names: 'RENAME RPOPLPUSH' },
  { words: [channel, ''], names: 'PUBLISH' },
  { words: [channel], names: 'SUBSCRIBE' },
  { words: ['', '1', key], names: 'EVALSHA' },
  { words: ['0'], names: 'SCAN' },
  { words: ['0', '0'], names: 'WAIT' },
  { words: [], names: 'INFO TIME PING MULTI EXEC' },
]
const clusterCommands: typeof commands = [
  { words: ['SLOTS'], names: 'CLUSTER' },
  { words: ['INFO'], names: 'CLUSTER' },
]

/** Names of the commands that the user may not run on Segue's keys. */
export async function deniedCommands(redis: Redis, isCluster: boolean): Promise<string[]> {
  const asked = isCluster ? [...commands, ...clusterCommands] : commands
  try {
    const reply = await permissionsScript.run(
      redis,
      [],
      asked.flatMap(({ words, names }) =>
        names.split(' ').flatMap((name) => [words.length + 1, name, ...words]),
      ),
    )
    return Array.isArray(reply) ? reply.map(String) : []
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOPERM')) throw error
    return ['EVAL', 'EVALSHA']
  }
}
