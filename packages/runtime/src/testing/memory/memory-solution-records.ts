import { packr } from '../../codec/packr.ts'
import {
  receiptsLimit,
  type CallReceipt,
  type SolutionRecords,
} from '../../ports/solution-records.ts'
import { solutionOf, type MemoryStore } from './memory-store.ts'

/** Receipts and segments' counterparts of the solutions, in memory. */
export function memorySolutionRecords(store: MemoryStore): SolutionRecords {
  return {
    addReceipt: async (name, receipt) => {
      const solution = solutionOf(store, name)
      const nowMs = store.clock.nowMs()
      if (nowMs > solution.lastReceiptMs) {
        solution.lastReceiptMs = nowMs
        solution.lastReceiptSequence = 0
      } else {
        solution.lastReceiptSequence += 1
      }
      const { receipts, lastReceiptMs, lastReceiptSequence } = solution
      receipts.set(`${lastReceiptMs}-${lastReceiptSequence}`, Buffer.from(packr.pack(receipt)))
      if (receipts.size > receiptsLimit) {
        const [oldest = ''] = receipts.keys()
        receipts.delete(oldest)
      }
      return { receiptMs: lastReceiptMs, receiptSequence: lastReceiptSequence }
    },
    receipt: async (name, receiptMs, receiptSequence) => {
      const packed = solutionOf(store, name).receipts.get(`${receiptMs}-${receiptSequence}`)
      if (packed === undefined) return undefined
      const receipt: CallReceipt = packr.unpack(packed)
      return receipt
    },
    remoteId: async (name, dataflow, segment) =>
      solutionOf(store, name).remoteIds.get(`${dataflow}|${segment}`),
    setRemoteId: async (name, dataflow, segment, remoteId) => {
      solutionOf(store, name).remoteIds.set(`${dataflow}|${segment}`, remoteId)
    },
    removeRemoteId: async (name, dataflow, segment) => {
      solutionOf(store, name).remoteIds.delete(`${dataflow}|${segment}`)
    },
  }
}
