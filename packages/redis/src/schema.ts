import type { RedisConnection } from './connection.ts'
import { schemaKey } from './keys.ts'
import { RedisUnfit } from './redis-unfit.ts'
import { asArray, asNumber } from './reply.ts'
import { loadScript } from './script.ts'

/**
 * What a release makes of everything that is stored or crosses processes. Raised by whoever changes a format, a key or what a
 * value means; the README of this package lists the formats, and says how.
 */
export interface Schema {
  /** Of what this release writes. */
  readonly version: number
  /** The oldest release that can work beside this one, or after it. */
  readonly oldestReader: number
  /** The oldest that this release reads. */
  readonly readsFrom: number
}

/**
 * 1: stores of before there was a number. 2: workers' liveness is one hash, what cannot be read is set aside. A release of 1 takes
 * partitions from one of 2, whose liveness it does not know, so they do not work beside each other. 3: profiles and rows are packed by hand;
 * a release of 2 that is still there leaves those of 3 to it, but does not start anew.
 */
export const schema: Schema = { version: 3, oldestReader: 3, readsFrom: 1 }

const settleScript = loadScript('settle-schema')

/**
 * Checks that this release may work on what is stored, and notes what it will write. To be called before anything is written.
 *
 * @param own another release's, for tests
 * @throws RedisUnfit STORE_NEWER, STORE_TOO_OLD
 */
export async function settleSchema(redis: RedisConnection, own: Schema = schema): Promise<void> {
  const reply = await settleScript.run(
    redis,
    [schemaKey],
    [own.version, own.oldestReader, own.readsFrom],
  )
  const [written = 0, oldestReader = 0] = asArray(reply).map(asNumber)
  if (own.version < oldestReader) {
    throw new RedisUnfit(
      'STORE_NEWER',
      `a release of schema ${written} works on this Redis, which needs at least ${oldestReader}; this one is of ${own.version}. Start the newer release, or restore a backup from before it`,
    )
  }
  if (written < own.readsFrom) {
    throw new RedisUnfit(
      'STORE_TOO_OLD',
      `this Redis holds schema ${written}; this release reads from ${own.readsFrom} on. Start the releases between once, in their order`,
    )
  }
}
