import { packr, receiptsLimit, type CallReceipt, type SolutionRecords } from '@segue/runtime'
import type { Redis } from 'ioredis'
import { solutionKeys } from './keys.ts'
import { asArray, asBuffer, asText } from './reply.ts'

/** Receipts and segments' counterparts of the solutions, in Redis. */
export function redisSolutionRecords(redis: Redis, sandbox: string): SolutionRecords {
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
    remoteId: async (solution, dataflow, segment) => {
      const { segments } = solutionKeys(sandbox, solution)
      return (await redis.hget(segments, `${dataflow}|${segment}`)) ?? undefined
    },
    setRemoteId: async (solution, dataflow, segment, remoteId) => {
      const { segments } = solutionKeys(sandbox, solution)
      await redis.hset(segments, `${dataflow}|${segment}`, remoteId)
    },
    removeRemoteId: async (solution, dataflow, segment) => {
      const { segments } = solutionKeys(sandbox, solution)
      await redis.hdel(segments, `${dataflow}|${segment}`)
    },
  }
}
