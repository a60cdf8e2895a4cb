import type { Ports } from '@segue/runtime'
import type { BooksChecks } from './books-checks.ts'
import type { PartitionChecks } from './partition-checks.ts'
import type { SendChecks } from './send-checks.ts'
import type { Truth } from './truth.ts'

/** The checkers that watch the store. */
export interface Checks {
  readonly partitions: PartitionChecks
  readonly sends: SendChecks
  readonly books: BooksChecks
}

/** The store's ports for one worker, with checkers that see each call as it is carried out. */
export function watchedPorts(ports: Ports, worker: string, truth: Truth, checks: Checks): Ports {
  const { partitions, sends, books } = checks
  const appended = (partition: number): void => {
    truth.appended(partition)
    partitions.appended(partition)
  }
  return {
    ...ports,
    log: {
      ...ports.log,
      append: async (appends, bounds) => {
        const outcomes = await ports.log.append(appends, bounds)
        for (const { partition } of appends) appended(partition)
        return outcomes
      },
    },
    store: {
      ...ports.store,
      commit: async (partition, commit) => {
        const outcome = await ports.store.commit(partition, commit)
        partitions.committed(partition, worker, commit, outcome)
        if (outcome.status === 'committed') books.counted(partition)
        return outcome
      },
    },
    ownership: {
      ...ports.ownership,
      renew: async (presence) => {
        const renewal = await ports.ownership.renew(presence)
        partitions.renewed(worker)
        return renewal
      },
      leave: async () => {
        await ports.ownership.leave()
        partitions.left(worker)
      },
      take: async (partition) => {
        const nonce = await ports.ownership.take(partition)
        partitions.taken(partition, worker, nonce)
        return nonce
      },
      release: async (partition, nonce) => {
        await ports.ownership.release(partition, nonce)
        partitions.released(partition, worker, nonce)
      },
    },
    ledger: {
      ...ports.ledger,
      claim: (partition, dataflow, solution, token, leaseMs, claims) => {
        const keys = claims.map(({ profileKey }) => profileKey)
        sends.claiming(partition, dataflow, solution, keys)
        return ports.ledger.claim(partition, dataflow, solution, token, leaseMs, claims)
      },
      settle: async (partition, settlement) => {
        const lost = await ports.ledger.settle(partition, settlement)
        books.counted(partition)
        return lost
      },
    },
    outbox: {
      ...ports.outbox,
      plan: async (partition, bucket, rows, ranges) => {
        const planned = await ports.outbox.plan(partition, bucket, rows, ranges)
        books.counted(partition)
        return planned
      },
    },
    backfills: {
      ...ports.backfills,
      advance: async (partition, ...page) => {
        const outcome = await ports.backfills.advance(partition, ...page)
        books.counted(partition)
        return outcome
      },
    },
    erasures: {
      ...ports.erasures,
      request: async (partition, erasure) => {
        const noted = await ports.erasures.request(partition, erasure)
        appended(partition)
        return noted
      },
      acknowledged: async (partition, id, payload) => {
        await ports.erasures.acknowledged(partition, id, payload)
        appended(partition)
      },
    },
  }
}
