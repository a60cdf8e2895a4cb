import { withCommit } from './log-mutations.ts'
import type { Mutation } from './mutation.ts'

/** What may be wrong about who owns a partition. */
export const ownerMutations: readonly Mutation[] = [
  {
    name: 'fence-skipped',
    what: 'a commit does not look at the owner’s nonce',
    finds: ['owner', 'together'],
    store: (ports, { store }) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, {
          ...commit,
          owner: store.partitions[partition]!.owner ?? commit.owner,
        }),
      ),
    needs: ['pauses'],
  },
  {
    name: 'taken-from-the-living',
    what: 'a partition is taken whoever has it',
    finds: ['owner'],
    store: (ports, { store }) => ({
      ...ports,
      ownership: {
        ...ports.ownership,
        take: (partition) => {
          store.partitions[partition]!.owner = undefined
          return ports.ownership.take(partition)
        },
      },
    }),
    needs: ['joins'],
  },
  {
    name: 'slow-release',
    what: 'a partition is given up a while after its loop has stopped',
    finds: ['hand-over'],
    client: (ports, { time }) => ({
      ...ports,
      ownership: {
        ...ports.ownership,
        release: async (partition, nonce) => {
          await new Promise<void>((resolve) => {
            time.after(1_800, resolve)
          })
          await ports.ownership.release(partition, nonce)
        },
      },
    }),
    needs: ['joins', 'leaves'],
  },
  {
    name: 'never-released',
    what: 'a worker that leaves says so, and keeps its partitions',
    finds: ['hand-over', 'owner', 'progress'],
    store: (ports) => ({
      ...ports,
      ownership: { ...ports.ownership, release: () => Promise.resolve() },
    }),
    needs: ['joins', 'leaves'],
  },
]
