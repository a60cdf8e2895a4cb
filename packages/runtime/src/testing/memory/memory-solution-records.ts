import { packr } from '../../codec/packr.ts'
import {
  lossesCountedMax,
  followedLimit,
  receiptsLimit,
  type AcceptedRows,
  type CallReceipt,
  type ReceiptId,
  type SolutionDescription,
  type SolutionPause,
  type SolutionRecords,
} from '../../ports/solution-records.ts'
import { solutionOf, type MemoryStore } from './memory-store.ts'

/** Receipts, followed rows, pauses and locks of the solutions, in memory. */
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
    follow: async (name, accepted) => {
      const { followed } = solutionOf(store, name)
      if (followed.size >= followedLimit) return false
      followed.set(idOf(accepted), JSON.stringify(accepted))
      return true
    },
    followed: async (name) =>
      Array.from(solutionOf(store, name).followed.values())
        .map((json) => {
          const accepted: AcceptedRows = JSON.parse(json)
          return accepted
        })
        .toSorted(
          (one, other) =>
            one.receiptMs - other.receiptMs || one.receiptSequence - other.receiptSequence,
        ),
    following: async (name, ids) => {
      const { followed } = solutionOf(store, name)
      return ids.map((id) => {
        const json = followed.get(idOf(id))
        if (json === undefined) return undefined
        const accepted: AcceptedRows = JSON.parse(json)
        return accepted.lost === true ? 'lost' : 'waiting'
      })
    },
    lose: async (name, accepted) => {
      const { followed } = solutionOf(store, name)
      followed.set(idOf(accepted), JSON.stringify({ ...accepted, lost: true }))
    },
    unfollow: async (name, id) => {
      solutionOf(store, name).followed.delete(idOf(id))
    },
    countLoss: async (name, dataflow, id) => {
      const { losses } = solutionOf(store, name)
      const nowMs = store.clock.nowMs()
      const before = losses.get(dataflow)
      const current =
        before === undefined || before.untilMs <= nowMs
          ? { numbers: new Map<string, number>(), untilMs: nowMs + 3_600_000 }
          : before
      losses.set(dataflow, current)
      const number = current.numbers.get(idOf(id)) ?? current.numbers.size + 1
      if (number <= lossesCountedMax) current.numbers.set(idOf(id), number)
      return number
    },
    pause: async (name) => {
      const { pause } = solutionOf(store, name)
      if (pause === undefined) return undefined
      const paused: SolutionPause = JSON.parse(pause)
      return paused
    },
    setPause: async (name, pause) => {
      const solution = solutionOf(store, name)
      const before: SolutionPause | undefined =
        solution.pause === undefined ? undefined : JSON.parse(solution.pause)
      const sinceMs = before?.code === pause?.code ? before?.sinceMs : pause?.sinceMs
      solution.pause = pause === undefined ? undefined : JSON.stringify({ ...pause, sinceMs })
    },
    description: async (name) => {
      const { description } = solutionOf(store, name)
      if (description === undefined) return undefined
      const described: SolutionDescription = JSON.parse(description)
      return described
    },
    describe: async (name, description) => {
      solutionOf(store, name).description = JSON.stringify(description)
    },
    lock: async (name, what, token, leaseMs) => {
      const { locks } = solutionOf(store, name)
      const nowMs = store.clock.nowMs()
      const held = locks.get(what)
      if (held !== undefined && held.untilMs > nowMs && held.token !== token) return false
      locks.set(what, { token, untilMs: nowMs + leaseMs })
      return true
    },
    unlock: async (name, what, token) => {
      const { locks } = solutionOf(store, name)
      if (locks.get(what)?.token === token) locks.delete(what)
    },
  }
}

function idOf({ receiptMs, receiptSequence }: ReceiptId): string {
  return `${receiptMs}-${receiptSequence}`
}
