import {
  generationsLimit,
  type Counterpart,
  type CounterpartReady,
  type Counterparts,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { solutionKeys } from './keys.ts'
import { asText } from './reply.ts'
import { loadScript } from './script.ts'

const readyScript = loadScript('counterpart')
const changeScript = loadScript('counterpart-change')
const removalScript = loadScript('counterpart-removal')

/** Segments' counterparts in the solutions, in Redis. */
export function redisCounterparts(redis: RedisConnection, sandbox: string): Counterparts {
  const change = async (
    solution: string,
    field: string,
    goneId: string,
    trouble: string,
  ): Promise<void> => {
    await changeScript.run(
      redis,
      [solutionKeys(sandbox, solution).segments],
      [field, goneId, trouble],
    )
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
    ready: async (solution, dataflow, segment, counterpart) => {
      const { segments } = solutionKeys(sandbox, solution)
      const { said, emptied } = withoutEmptyLists(counterpart)
      const field = `${dataflow}|${segment}`
      const args = [field, JSON.stringify(said), JSON.stringify(emptied), generationsLimit]
      return parse(asText(await readyScript.run(redis, [segments], args)))
    },
    removal: async (solution, dataflow, segment, remoteId, state) => {
      const { segments } = solutionKeys(sandbox, solution)
      await removalScript.run(redis, [segments], [`${dataflow}|${segment}`, remoteId, state])
    },
    gone: (solution, dataflow, segment, remoteId) =>
      change(solution, `${dataflow}|${segment}`, remoteId, ''),
    forget: async (solution, dataflow) => {
      const { segments } = solutionKeys(sandbox, solution)
      const all = await redis.hkeys(segments)
      const fields = all.filter((field) => field.startsWith(`${dataflow}|`))
      if (fields.length > 0) await redis.hdel(segments, ...fields)
    },
    failed: (solution, dataflow, segment, trouble) =>
      change(solution, `${dataflow}|${segment}`, '', JSON.stringify(trouble)),
  }
}

/** Lua's JSON writes an empty list as a map. */
function withoutEmptyLists({ remoteId, name, labels, objects }: CounterpartReady): {
  readonly said: object
  readonly emptied: Readonly<Record<string, boolean>>
} {
  const fields = Object.entries({ remoteId, name, labels, objects })
  const emptied = fields.filter(([, value]) => value?.length === 0 && Array.isArray(value))
  return {
    said: Object.fromEntries(fields.filter((field) => !emptied.includes(field))),
    emptied: Object.fromEntries(emptied.map(([field]) => [field, true])),
  }
}

function parse(json: string): Counterpart {
  const counterpart: Counterpart = { remoteId: undefined, ...JSON.parse(json) }
  return counterpart
}
