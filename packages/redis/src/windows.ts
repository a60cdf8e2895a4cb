import { packr, type Windows, type WindowPointer } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { solutionKeys } from './keys.ts'
import { asArray, asBuffer, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'

const gatherScript = loadScript('gather')
const closeScript = loadScript('close-window')

/** Windows in Redis: a list of pointers each, and one hash that names the open one. */
export function redisWindows(redis: RedisConnection, sandbox: string): Windows {
  const keysOf = (solution: string, dataflow: string): { open: string; prefix: string } => {
    const { window } = solutionKeys(sandbox, solution)
    return { open: `${window}${dataflow}:open`, prefix: `${window}${dataflow}:` }
  }
  return {
    gather: async (solution, dataflow, pointers) => {
      const { open, prefix } = keysOf(solution, dataflow)
      const rows = pointers.reduce((sum, pointer) => sum + pointer.rows, 0)
      const packed = pointers.map((pointer) => packr.pack(pointer))
      const [id, total] = asArray(await gatherScript.run(redis, [open, prefix], [rows, ...packed]))
      return { id: asText(id), rows: asNumber(total) }
    },
    close: async (solution, dataflow, id) => {
      await closeScript.run(redis, [keysOf(solution, dataflow).open], [id])
    },
    first: async (solution, dataflow, id, limit) => {
      const list = keysOf(solution, dataflow).prefix + id
      const packed = asArray(await redis.callBuffer('LRANGE', [list, 0, limit - 1]))
      return packed.map((one) => {
        const pointer: WindowPointer = packr.unpack(asBuffer(one))
        return pointer
      })
    },
    drop: async (solution, dataflow, id, count) => {
      await redis.ltrim(keysOf(solution, dataflow).prefix + id, count, -1)
    },
  }
}
