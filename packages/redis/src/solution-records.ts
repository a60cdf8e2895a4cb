import {
  lossesCountedMax,
  followedLimit,
  packr,
  receiptsLimit,
  type AcceptedRows,
  type CallReceipt,
  type ReceiptId,
  type SolutionDescription,
  type SolutionPause,
  type SolutionRecords,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { solutionKeys } from './keys.ts'
import { asArray, asBuffer, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'

const followScript = loadScript('follow')
const lockScript = loadScript('lock')
const lossScript = loadScript('loss')
const pauseScript = loadScript('pause')
const unlockScript = loadScript('unlock')

const lossWindowSecs = 3_600

/** Receipts, followed rows, pauses and locks of the solutions, in Redis. */
export function redisSolutionRecords(redis: RedisConnection, sandbox: string): SolutionRecords {
  return {
    addReceipt: async (solution, receipt) => {
      const { receipts } = solutionKeys(sandbox, solution)
      const reply = await redis.callBuffer('XADD', [
        receipts,
        'MAXLEN',
        '~',
        receiptsLimit,
        '*',
        'r',
        packr.pack(receipt),
      ])
      const [receiptMs, receiptSequence] = asText(reply).split('-')
      return { receiptMs: Number(receiptMs), receiptSequence: Number(receiptSequence) }
    },
    receipt: async (solution, receiptMs, receiptSequence) => {
      const { receipts } = solutionKeys(sandbox, solution)
      const id = `${receiptMs}-${receiptSequence}`
      const [entry] = asArray(await redis.callBuffer('XRANGE', [receipts, id, id]))
      if (entry === undefined) return undefined
      const receipt: CallReceipt = packr.unpack(asBuffer(asArray(asArray(entry)[1])[1]))
      return receipt
    },
    follow: async (solution, accepted) => {
      const { followed } = solutionKeys(sandbox, solution)
      const args = [idOf(accepted), JSON.stringify(accepted), followedLimit]
      return asNumber(await followScript.run(redis, [followed], args)) === 1
    },
    followed: async (solution) => {
      const { followed } = solutionKeys(sandbox, solution)
      return (await redis.hvals(followed))
        .map((json) => {
          const accepted: AcceptedRows = JSON.parse(json)
          return accepted
        })
        .toSorted(
          (one, other) =>
            one.receiptMs - other.receiptMs || one.receiptSequence - other.receiptSequence,
        )
    },
    following: async (solution, ids) => {
      if (ids.length === 0) return []
      const { followed } = solutionKeys(sandbox, solution)
      const values = await redis.hmget(followed, ...ids.map(idOf))
      return values.map((json) => {
        if (json === null) return undefined
        const accepted: AcceptedRows = JSON.parse(json)
        return accepted.lost === true ? 'lost' : 'waiting'
      })
    },
    lose: async (solution, accepted) => {
      const { followed } = solutionKeys(sandbox, solution)
      await redis.hset(followed, idOf(accepted), JSON.stringify({ ...accepted, lost: true }))
    },
    unfollow: async (solution, id) => {
      await redis.hdel(solutionKeys(sandbox, solution).followed, idOf(id))
    },
    countLoss: async (solution, dataflow, id) => {
      const key = solutionKeys(sandbox, solution).losses + dataflow
      return asNumber(
        await lossScript.run(redis, [key], [lossWindowSecs, idOf(id), lossesCountedMax]),
      )
    },
    pause: async (solution) => {
      const json = await redis.hget(solutionKeys(sandbox, solution).state, 'pause')
      if (json === null) return undefined
      const pause: SolutionPause = JSON.parse(json)
      return pause
    },
    setPause: async (solution, pause) => {
      const { state } = solutionKeys(sandbox, solution)
      if (pause === undefined) await redis.hdel(state, 'pause')
      else await pauseScript.run(redis, [state], [JSON.stringify(pause)])
    },
    description: async (solution) => {
      const json = await redis.hget(solutionKeys(sandbox, solution).state, 'description')
      if (json === null) return undefined
      const description: SolutionDescription = JSON.parse(json)
      return description
    },
    describe: async (solution, description) => {
      const { state } = solutionKeys(sandbox, solution)
      await redis.hset(state, 'description', JSON.stringify(description))
    },
    lock: async (solution, what, token, leaseMs) => {
      const key = solutionKeys(sandbox, solution).lock + what
      return asNumber(await lockScript.run(redis, [key], [token, leaseMs])) === 1
    },
    unlock: async (solution, what, token) => {
      await unlockScript.run(redis, [solutionKeys(sandbox, solution).lock + what], [token])
    },
  }
}

function idOf({ receiptMs, receiptSequence }: ReceiptId): string {
  return `${receiptMs}-${receiptSequence}`
}
