import type { Dataflow, SolutionRecords } from '@segue/runtime'
import type { SegmentReceipt, Solution } from '@segue/solution-kit'

/** Segments' counterparts in one solution: looked up once, made where they are missing. */
export interface RemoteSegments {
  readonly of: (dataflow: Dataflow, segment: string) => Promise<SegmentReceipt>
  /** The counterpart is gone: the next look-up finds or makes another. */
  readonly forget: (dataflow: Dataflow, segment: string) => Promise<void>
}

/** Counterparts kept in memory. A partition's dictionary holds no more segments. */
const cachedMax = 4_000

export function createRemoteSegments(solution: Solution, records: SolutionRecords): RemoteSegments {
  const ready = new Map<string, Promise<SegmentReceipt>>()

  const find = async (dataflow: Dataflow, segment: string): Promise<SegmentReceipt> => {
    const known = await records.remoteId(solution.name, dataflow.id, segment)
    if (known !== undefined) return { status: 'ready', remoteId: known }
    const receipt = await solution.ensureSegment(
      segment,
      dataflow.segments[segment]?.name ?? segment,
    )
    if (receipt.status === 'ready') {
      await records.setRemoteId(solution.name, dataflow.id, segment, receipt.remoteId)
    }
    return receipt
  }
  return {
    forget: async (dataflow, segment) => {
      ready.delete(`${dataflow.id}|${segment}`)
      await records.removeRemoteId(solution.name, dataflow.id, segment)
    },
    of: (dataflow, segment) => {
      const key = `${dataflow.id}|${segment}`
      const cached = ready.get(key)
      if (cached !== undefined) return cached
      if (ready.size >= cachedMax) ready.clear()
      const finding = find(dataflow, segment).then(
        (receipt) => {
          if (receipt.status !== 'ready') ready.delete(key)
          return receipt
        },
        (error: unknown) => {
          ready.delete(key)
          throw error
        },
      )
      ready.set(key, finding)
      return finding
    },
  }
}
