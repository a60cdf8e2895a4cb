import { generationsLimit, type Counterpart, type Counterparts } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { solutionKeys } from './keys.ts'
import { asText } from './reply.ts'
import { loadScript } from './script.ts'

const readyScript = loadScript('counterpart')
const changeScript = loadScript('counterpart-change')

/** Segments' counterparts in the solutions, in Redis. */
export function redisCounterparts(redis: Redis, sandbox: string): Counterparts {
  const change = async (
    solution: string,
    dataflow: string,
    segment: string,
    trouble: object,
    what: 'gone' | 'failed',
  ): Promise<void> => {
    const { segments } = solutionKeys(sandbox, solution)
    const field = `${dataflow}|${segment}`
    await changeScript.run(redis, [segments], [field, JSON.stringify(trouble), what])
  }
  return {
    get: async (solution, dataflow, segment) => {
      const { segments } = solutionKeys(sandbox, solution)
      const json = await redis.hget(segments, `${dataflow}|${segment}`)
      return json === null ? undefined : parse(json)
    },
    all: async (solution, dataflow) => {
      const prefix = `${dataflow}|`
      const fields = await redis.hgetall(solutionKeys(sandbox, solution).segments)
      return new Map(
        Object.entries(fields)
          .filter(([field]) => field.startsWith(prefix))
          .map(([field, json]) => [field.slice(prefix.length), parse(json)]),
      )
    },
    ready: async (solution, dataflow, segment, remoteId, name) => {
      const { segments } = solutionKeys(sandbox, solution)
      const args = [`${dataflow}|${segment}`, remoteId, name, generationsLimit]
      return parse(asText(await readyScript.run(redis, [segments], args)))
    },
    gone: (solution, dataflow, segment) => change(solution, dataflow, segment, {}, 'gone'),
    failed: (solution, dataflow, segment, trouble) =>
      change(solution, dataflow, segment, trouble, 'failed'),
  }
}

function parse(json: string): Counterpart {
  const counterpart: Counterpart = { remoteId: undefined, ...JSON.parse(json) }
  return counterpart
}
