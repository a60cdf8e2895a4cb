import type { Redis } from 'ioredis'
import { deniedCommands, permissionRule } from './permissions.ts'
import { RedisUnfit } from './redis-unfit.ts'

/** What a server says of itself. */
export interface ServerDescription {
  readonly isCluster: boolean
  /** Whether a cluster has a master for every slot. */
  readonly isWhole: boolean
}

/**
 * Checks that a server may be used.
 *
 * @param redis a connection to one server: one of a cluster too
 * @param shown the server's address, for messages
 * @throws RedisUnfit where it evicts keys, is read-only or too old, or the user may not do what Segue does
 */
export async function checkFitness(
  redis: Redis,
  shown: string,
  warn: (message: string) => void,
): Promise<ServerDescription> {
  const server = await permitted(redis, redis.info(), 'INFO')
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(server)?.[1]
  // Valkey says which Redis it is compatible with: 7.2 or newer.
  const version = field('redis_version') ?? '0'
  if (Number.parseInt(version, 10) < 7) {
    throw new RedisUnfit(
      'REDIS_TOO_OLD',
      `Redis ${version} answered at ${shown}; Segue needs 7.0 or newer`,
    )
  }
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    throw new RedisUnfit(
      'REDIS_EVICTS',
      `maxmemory-policy is ${policy} at ${shown}: Redis would throw away state under pressure. Set it to noeviction`,
    )
  }
  const isCluster = field('cluster_enabled') === '1'
  // Any node of a cluster may be named: its masters are looked up.
  if (field('role') !== 'master' && !isCluster) {
    throw new RedisUnfit(
      'REDIS_READ_ONLY',
      'this Redis is a replica. Point REDIS_URL to the primary',
    )
  }
  const denied = await deniedCommands(redis, isCluster)
  if (denied.length > 0) throw notPermitted(redis, denied)
  if (field('aof_enabled') === '0') {
    warn(
      `Redis at ${shown} runs without an append-only file: what was accepted since its last snapshot is lost if it dies`,
    )
  }
  if (!isCluster) return { isCluster, isWhole: true }
  const state = await permitted(redis, redis.cluster('INFO'), 'CLUSTER INFO')
  return { isCluster, isWhole: state.includes('cluster_state:ok') }
}

async function permitted<Answer>(
  redis: Redis,
  answer: Promise<Answer>,
  command: string,
): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOPERM')) throw error
    throw notPermitted(redis, [command])
  }
}

function notPermitted(redis: Redis, denied: readonly string[]): RedisUnfit {
  const user = redis.options.username ?? 'default'
  return new RedisUnfit(
    'REDIS_NOT_PERMITTED',
    `user ${user} may not run ${denied.join(', ')} on Segue’s keys and channels. Have an administrator run: ACL SETUSER ${user} ${permissionRule}`,
  )
}
