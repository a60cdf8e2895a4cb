import type { Backlog, Backlogs } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asNumber } from './reply.ts'
import { loadScript } from './script.ts'

const finishScript = loadScript('backlog-finish')
const what = ['held', 'first', 'last', 'since', 'from', 'rows'] as const

/** What is held for solutions, and what was left out, in Redis: one hash a partition. */
export function redisBacklogs(redis: RedisConnection, sandbox: string): Backlogs {
  return {
    all: async (partition) => {
      const numbers = await redis.hgetall(partitionKeys(sandbox, partition).backlog)
      const names = new Set(Object.keys(numbers).map((field) => field.replace(/\|[a-z]+$/, '')))
      return [...names].toSorted().map((name): Backlog => {
        const number = (field: (typeof what)[number]): number =>
          Number(numbers[`${name}|${field}`] ?? 0)
        const [dataflow = '', solution = ''] = name.split('|')
        const due = {
          first: number('first'),
          last: number('last'),
          sinceMs: number('since'),
          fromMs: number('from'),
          rows: number('rows'),
        }
        return {
          dataflow,
          solution,
          heldRows: number('held'),
          ...(due.first > 0 ? { due } : {}),
        }
      })
    },
    finish: async (partition, dataflow, solution, last) => {
      const { backlog, backfills } = partitionKeys(sandbox, partition)
      const args = [`${dataflow}|`, `|${solution}`, last]
      return asNumber(await finishScript.run(redis, [backlog, backfills], args)) === 1
    },
  }
}

/** All fields of a dataflow and solution. */
export function backlogFields(dataflow: string, solution: string): string[] {
  return what.map((field) => `${dataflow}|${solution}|${field}`)
}
