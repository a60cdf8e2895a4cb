import { Redis } from 'ioredis'
import type { Parts } from '../system/parts.ts'

/** What is held in memory at one moment, in bytes. */
export interface SoakSample {
  /** Since the soak began. */
  readonly atSecs: number
  readonly gatewayHeap: number
  readonly processorHeap: number
  /** Resident, both programs together: what the machine gives, which V8 does not give back at once. */
  readonly resident: number
  /** Without what is kept on purpose for people to read, up to a number: receipts and the events of queues. */
  readonly redisBytes: number
  readonly redisKeys: number
}

/** Lists that fill up to their bound and stay there. */
const keptLists = /:receipts$|:events$/
const answerWithinMs = 20_000

/** Takes samples of a system whose programs were started with `heap-probe.ts`. */
export function sampler(
  parts: Pick<Parts, 'redis'>,
  programs: { readonly gateway: number; readonly processor: number },
): {
  /** To be given each line that a program writes. */
  readonly heard: (line: string) => void
  readonly take: (atSecs: number) => Promise<SoakSample>
  readonly close: () => void
} {
  const redis = new Redis(parts.redis.url)
  const waiting = new Map<string, (heap: HeapAnswer) => void>()
  const ask = (name: string, processId: number): Promise<HeapAnswer> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${name} does not say what it holds`))
      }, answerWithinMs)
      waiting.set(name, (heap) => {
        clearTimeout(timer)
        resolve(heap)
      })
      process.kill(processId, 'SIGUSR2')
    })
  return {
    heard: (line) => {
      const [, name = '', json = ''] = /^\[(\w+)\] (\{"heapUsed":.*\})$/.exec(line) ?? []
      if (json !== '') waiting.get(name)?.(JSON.parse(json))
    },
    take: async (atSecs) => {
      const [gateway, processor] = [
        await ask('gateway', programs.gateway),
        await ask('processor', programs.processor),
      ]
      return {
        atSecs,
        gatewayHeap: gateway.heapUsed + gateway.external,
        processorHeap: processor.heapUsed + processor.external,
        resident: gateway.rss + processor.rss,
        ...(await redisHeld(redis)),
      }
    },
    close: () => redis.disconnect(),
  }
}

interface HeapAnswer {
  readonly heapUsed: number
  readonly external: number
  readonly rss: number
}

async function redisHeld(redis: Redis): Promise<Pick<SoakSample, 'redisBytes' | 'redisKeys'>> {
  const memory = await redis.info('memory')
  const used = Number(/^used_memory:(\d+)/m.exec(memory)?.[1])
  const keys: string[] = []
  let cursor = '0'
  do {
    const [next, found] = await redis.scan(cursor, 'COUNT', 1_000)
    keys.push(...found)
    cursor = next
  } while (cursor !== '0')
  const kept = await Promise.all(
    keys
      .filter((key) => keptLists.test(key))
      .map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)),
  )
  return {
    redisBytes: used - kept.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0),
    redisKeys: keys.length,
  }
}
