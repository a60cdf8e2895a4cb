import type { StoredEntry } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'
import { scanKeys } from './scan-keys.ts'
import { loadScript } from './script.ts'

const scanScript = loadScript('scan')

/** What one command reads: little enough that nobody waits for it. */
const entriesPerRead = 500
const partitionPattern = /^p\d{2,4}\}/

/**
 * Everything that Redis keeps of one partition, and of the sandbox beside its partitions, key after key and part after part.
 *
 * @param except a key that is left out
 */
export async function* storedEntries(
  redis: RedisConnection,
  sandbox: string,
  partition: number,
  except: string,
): AsyncGenerator<readonly StoredEntry[]> {
  const { log } = partitionKeys(sandbox, partition)
  const own = log.slice(0, log.lastIndexOf(':') + 1)
  const all = `{segue:${sandbox}:`
  for await (const keys of scanKeys(redis, all)) {
    for (const key of keys) {
      if (key === except) continue
      const isOwn = key.startsWith(own)
      if (!isOwn && partitionPattern.test(key.slice(all.length))) continue
      const name = isOwn ? key.slice(own.length) : key
      for await (const part of valuesOf(redis, key)) {
        yield part.map(([field, value]) => ({ key: name, field, value }))
      }
    }
  }
}

type Value = readonly [field: string | undefined, value: Buffer]

async function* valuesOf(redis: RedisConnection, key: string): AsyncGenerator<readonly Value[]> {
  switch (await redis.type(key)) {
    case 'hash':
      yield* scanned(redis, 'HSCAN', key, 2)
      return
    case 'zset':
      yield* scanned(redis, 'ZSCAN', key, 2)
      return
    case 'set':
      yield* scanned(redis, 'SSCAN', key, 1)
      return
    case 'list':
      yield* listed(redis, key)
      return
    case 'stream':
      yield* streamed(redis, key)
      return
    case 'string': {
      const value = await redis.getBuffer(key)
      if (value !== null) yield [[undefined, value]]
      return
    }
    default:
    // Gone meanwhile.
  }
}

async function* scanned(
  redis: RedisConnection,
  command: string,
  key: string,
  width: 1 | 2,
): AsyncGenerator<readonly Value[]> {
  let cursor = '0'
  let server: string | undefined
  for (;;) {
    const [runId, next, found] = asArray(
      await scanScript.run(redis, [key], [cursor, entriesPerRead, command]),
    )
    const before = server
    server = asText(runId)
    // Redis was started anew, or the key has moved: a cursor says something to the server alone that gave it.
    const isLost = cursor !== '0' && server !== before
    if (!isLost) {
      const flat = asArray(found)
      yield Array.from({ length: flat.length / width }, (_, index): Value => {
        const field = asBuffer(flat[index * width])
        return [field.toString(), asBuffer(flat[index * width + width - 1])]
      })
    }
    cursor = isLost ? '0' : asText(next)
    if (cursor === '0' && !isLost) return
  }
}

async function* listed(redis: RedisConnection, key: string): AsyncGenerator<readonly Value[]> {
  for (let from = 0; ; from += entriesPerRead) {
    const to = from + entriesPerRead - 1
    const part = asArray(await redis.callBuffer('LRANGE', [key, from, to]))
    yield part.map((value): Value => [undefined, asBuffer(value)])
    if (part.length < entriesPerRead) return
  }
}

async function* streamed(redis: RedisConnection, key: string): AsyncGenerator<readonly Value[]> {
  let from = '-'
  for (;;) {
    const part = asArray(
      await redis.callBuffer('XRANGE', [key, from, '+', 'COUNT', entriesPerRead]),
    )
    const values: Value[] = []
    for (const entry of part) {
      const [id, fields] = asArray(entry)
      from = `(${asText(id)}`
      values.push([asText(id), Buffer.concat(asArray(fields).map(asBuffer))])
    }
    yield values
    if (part.length < entriesPerRead) return
  }
}
