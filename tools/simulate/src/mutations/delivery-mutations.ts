import { packEntry, unpackEntry, type Bucket, type Ports } from '@segue/runtime'
import type { Delivery } from '@segue/solution-kit'
import type { Mutation } from './mutation.ts'

/** What may be wrong between the outbox and the solutions. */
export const deliveryMutations: readonly Mutation[] = [
  {
    name: 'not-sealed',
    what: 'a bucket is planned, and not sealed before: rows that come meanwhile are in no range',
    finds: ['books', 'leftovers', 'progress', 'convergence'],
    store: (ports, { store }) => ({
      ...ports,
      outbox: {
        ...ports.outbox,
        seal: async (partition, bucket) => {
          const sealed = await ports.outbox.seal(partition, bucket)
          const place = store.partitions[partition]!
          // Commits go on writing to it.
          if (sealed) place.open.set(openNameOf(bucket), bucket.generation)
          return sealed
        },
      },
    }),
    needs: ['slowCalls'],
  },
  {
    name: 'sealed-too-early',
    what: 'buckets are activated at once, not when they are due',
    finds: ['net-zero'],
    queue: (queue, name) =>
      name === 'activation'
        ? {
            ...queue,
            add: (jobs) => queue.add(jobs.map((job) => ({ ...job, delayMs: 0 }))),
          }
        : queue,
  },
  {
    name: 'jobs-lost',
    what: 'one job in ten is not added, and no sweep brings it back',
    finds: ['progress'],
    queue: (queue, name, { chance }) =>
      name === 'activation'
        ? {
            ...queue,
            add: (jobs) => queue.add(jobs.filter(() => !chance.happens(0.1))),
            ensure: () => Promise.resolve(),
          }
        : queue,
  },
  {
    name: 'claim-unlocked',
    what: 'a claim does not look whether somebody else has one',
    finds: ['one-send', 'order', 'convergence'],
    store: (ports, { store }) =>
      withClaim(ports, (partition, dataflow, solution, token, leaseMs, claims) => {
        const ledger = store.partitions[partition]!.ledgers.get(`${dataflow}:${solution}`)
        for (const { profileKey } of claims) ledger?.get(profileKey)?.writeUIntBE(0, 0, 6)
        return ports.ledger.claim(partition, dataflow, solution, token, leaseMs, claims)
      }),
    needs: ['slowCalls', 'flapping'],
  },
  {
    name: 'state-before-claim',
    what: 'a profile is sent as it was when it was claimed the last time but one',
    finds: ['order', 'net-zero', 'convergence'],
    store: (ports) => {
      const before = new Map<string, Buffer | undefined>()
      return withClaim(ports, async (partition, ...given) => {
        const claims = given[4]
        const answers = await ports.ledger.claim(partition, ...given)
        return answers.map((answer, index) => {
          const key = `${given[1]} ${claims[index]?.profileKey}`
          if (answer.status === 'busy') return answer
          const profile = before.has(key) ? before.get(key) : answer.profile
          before.set(key, answer.profile)
          return { ...answer, profile }
        })
      })
    },
  },
  {
    name: 'doubts-forgotten',
    what: 'what a time-out leaves in doubt is settled as if nothing had been sent',
    finds: ['convergence', 'leftovers'],
    store: (ports) =>
      withSettle(ports, (partition, settlement) =>
        ports.ledger.settle(partition, {
          ...settlement,
          entries: settlement.entries.map(({ profileKey, entry }) => ({
            profileKey,
            entry: withoutDoubts(entry),
          })),
        }),
      ),
    needs: ['answersLost', 'flapping'],
  },
  {
    name: 'settled-by-anybody',
    what: 'a settlement does not look whether its claim still holds',
    finds: ['order', 'one-send', 'convergence'],
    store: (ports, { store }) =>
      withSettle(ports, (partition, settlement) => {
        const { dataflow, solution, token, entries } = settlement
        const ledger = store.partitions[partition]!.ledgers.get(`${dataflow}:${solution}`)
        for (const { profileKey } of entries)
          token.copy(ledger?.get(profileKey) ?? Buffer.alloc(16), 6)
        return ports.ledger.settle(partition, settlement)
      }),
    needs: ['pauses', 'flapping', 'answersLost'],
  },
  {
    name: 'counted-twice',
    what: 'a settlement counts the rows that it finds done as well',
    finds: ['books'],
    store: (ports, { store }) =>
      withSettle(ports, async (partition, settlement) => {
        const { dataflow, solution, rows } = settlement
        const { books, plans } = store.partitions[partition]!
        const before = plans.size
        const lost = await ports.ledger.settle(partition, settlement)
        if (before === plans.size) return lost
        for (const { outcomes } of rows.slice(0, 1)) {
          const outcome = outcomes[0]?.outcome ?? 'coalesced'
          const field = `${dataflow}|${solution}|${outcome}`
          books.set(field, (books.get(field) ?? 0) + 1)
        }
        return lost
      }),
  },
  {
    name: 'claims-kept',
    what: 'a settlement does not end its claims, now and then',
    finds: ['leftovers', 'progress'],
    store: (ports, { store, chance }) =>
      withSettle(ports, async (partition, settlement) => {
        const lost = await ports.ledger.settle(partition, settlement)
        const { dataflow, solution, token, entries } = settlement
        const ledger = store.partitions[partition]!.ledgers.get(`${dataflow}:${solution}`)
        for (const { profileKey } of entries) {
          const entry = ledger?.get(profileKey)
          if (entry === undefined || !chance.happens(0.1)) continue
          entry.writeUIntBE(281_474_976_710_655, 0, 6)
          token.copy(entry, 6)
        }
        return lost
      }),
  },
  {
    name: 'exits-unneeded',
    what: 'an exit goes out though the solution was told of nothing',
    finds: ['net-zero'],
    store: (ports) =>
      withClaim(ports, async (partition, ...given) => {
        const answers = await ports.ledger.claim(partition, ...given)
        return answers.map((answer, index) => {
          if (answer.status === 'busy') return answer
          const entry = unpackEntry(answer.entry)
          for (const segment of given[4][index]?.segments ?? []) entry.doubts.add(segment)
          return { ...answer, entry: packEntry(entry) }
        })
      }),
    needs: ['flapping'],
  },
  {
    name: 'older-again',
    what: 'what was sent before is sent once more, after something newer',
    finds: ['order', 'one-send'],
    solution: (adapter, { chance }) => {
      const sent: Delivery[] = []
      return {
        ...adapter,
        deliver: async (rows) => {
          const receipts = await adapter.deliver(rows)
          const old = chance.happens(0.2) && sent.length > 0 ? chance.pick(sent) : undefined
          sent.push(...rows)
          if (old !== undefined) await adapter.deliver([old])
          return receipts
        },
      }
    },
  },
  {
    name: 'page-skipped',
    what: 'a backfill goes on behind a page that it did not read',
    finds: ['convergence'],
    store: (ports) => ({
      ...ports,
      backfills: {
        ...ports.backfills,
        scanProfiles: async (partition, cursor, count) => {
          const part = await ports.backfills.scanProfiles(partition, cursor, count)
          return { ...part, found: part.found.slice(1) }
        },
      },
    }),
    needs: ['segments', 'flows'],
  },
  {
    name: 'loss-unasked',
    what: 'what was accepted counts as applied, and nobody asks',
    finds: ['convergence'],
    solution: (adapter) =>
      adapter.follow === undefined
        ? adapter
        : { ...adapter, follow: () => Promise.resolve({ status: 'applied' }) },
    needs: ['acceptedLost'],
  },
  {
    name: 'erased-kept',
    what: 'a profile is deleted, and what solutions were told of it is kept',
    finds: ['leftovers', 'progress', 'together'],
    store: (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        commit: (partition, commit) => ports.store.commit(partition, { ...commit, erased: [] }),
      },
    }),
    needs: ['erasures'],
  },
  {
    name: 'told-after-erasure',
    what: 'a ledger gets an entry of an erased profile back once its erasure is proved',
    finds: ['leftovers'],
    store: (ports, { store }) => {
      const before: { readonly ledger: Map<string, Buffer>; key: string; entry: Buffer }[] = []
      return {
        ...ports,
        store: {
          ...ports.store,
          commit: (partition, commit) => {
            for (const { profileKey: key } of commit.erased ?? []) {
              for (const ledger of store.partitions[partition]!.ledgers.values()) {
                const entry = ledger.get(key)
                if (entry !== undefined) before.push({ ledger, key, entry: Buffer.from(entry) })
              }
            }
            return ports.store.commit(partition, commit)
          },
        },
        erasures: {
          ...ports.erasures,
          finish: async (...given) => {
            await ports.erasures.finish(...given)
            for (const { ledger, key, entry } of before.splice(0)) ledger.set(key, entry)
          },
        },
      }
    },
    needs: ['erasures'],
  },
  {
    name: 'exit-for-ever',
    what: 'a delivery that is done says that it is not',
    finds: ['progress'],
    queue: (queue, name, { chance }) =>
      name.startsWith('solution-')
        ? {
            ...queue,
            work: (run, options) =>
              queue.work(async (job) => {
                const outcome = await run(job)
                const isStuck = job.id.endsWith('-0') && chance.happens(1)
                return outcome.status === 'done' && isStuck
                  ? { status: 'again', afterMs: 60_000, payload: job.payload }
                  : outcome
              }, options),
          }
        : queue,
  },
]

function withClaim(ports: Ports, claim: Ports['ledger']['claim']): Ports {
  return { ...ports, ledger: { ...ports.ledger, claim } }
}

function withSettle(ports: Ports, settle: Ports['ledger']['settle']): Ports {
  return { ...ports, ledger: { ...ports.ledger, settle } }
}

function withoutDoubts(packed: Buffer | undefined): Buffer | undefined {
  if (packed === undefined) return undefined
  const entry = unpackEntry(packed)
  entry.doubts.clear()
  return packEntry(entry)
}

function openNameOf({ dataflow, dueMs, hour }: Bucket): string {
  return hour === undefined ? `${dataflow}|${dueMs}` : `${dataflow}|${dueMs}@${hour}`
}
