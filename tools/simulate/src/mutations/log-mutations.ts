import type { Commit, Ports } from '@segue/runtime'
import type { Mutation } from './mutation.ts'

/** What may be wrong between an update and the outbox. */
/** A worker hears of a change of the dataflows this much later. */
const heardLateMs = 30_000

export const logMutations: readonly Mutation[] = [
  {
    name: 'answer-before-append',
    what: 'a gateway answers 202 before the logs have it',
    finds: ['accepted'],
    answersFirst: true,
  },
  {
    name: 'append-lost',
    what: 'one append in twenty is answered, and not carried out',
    finds: ['accepted'],
    store: (ports, { chance }) => ({
      ...ports,
      log: {
        ...ports.log,
        append: (appends, bounds) =>
          chance.happens(0.05)
            ? Promise.resolve(appends.map(() => 'appended' as const))
            : ports.log.append(appends, bounds),
      },
    }),
  },
  {
    name: 'trim-too-far',
    what: 'the log is trimmed to its end, not to the committed offset',
    finds: ['accepted', 'progress', 'together'],
    store: (ports, { store }) => ({
      ...ports,
      log: {
        ...ports.log,
        trim: (partition) => {
          const { lastMs, lastSequence } = store.partitions[partition]!
          return ports.log.trim(partition, `${lastMs}-${lastSequence}`)
        },
      },
    }),
    needs: ['slowCalls'],
  },
  {
    name: 'offset-first',
    what: 'the offset is committed before the state, in a step of its own',
    finds: ['together', 'convergence', 'books'],
    client: (ports) =>
      withCommit(ports, async (partition, commit) => {
        const offset = await ports.store.commit(partition, emptied(commit))
        if (offset.status !== 'committed') return offset
        return ports.store.commit(partition, { ...commit, expectedOffset: commit.offset })
      }),
    needs: ['crashes'],
  },
  {
    name: 'state-dropped',
    what: 'a profile of a commit is not written, now and then',
    finds: ['together'],
    store: (ports, { chance }) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, {
          ...commit,
          profiles: commit.profiles.filter(() => !chance.happens(0.05)),
        }),
      ),
  },
  {
    name: 'outbox-dropped',
    what: 'a commit’s rows are dropped, now and then, and not counted',
    finds: ['convergence'],
    store: (ports, { chance }) =>
      withCommit(ports, (partition, commit) => {
        if (!chance.happens(0.2)) return ports.store.commit(partition, commit)
        const counters = new Map(commit.counters).set('outboxRows', 0)
        return ports.store.commit(partition, { ...commit, outbox: [], books: new Map(), counters })
      }),
  },
  {
    name: 'rows-uncounted',
    what: 'a commit’s rows are not counted as received, now and then',
    finds: ['books'],
    store: (ports, { chance }) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(
          partition,
          chance.happens(0.2) ? { ...commit, books: new Map() } : commit,
        ),
      ),
  },
  {
    name: 'offset-unchecked',
    what: 'a commit does not look at the offset that it goes on from',
    finds: ['together', 'books'],
    store: (ports, { store }) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, {
          ...commit,
          expectedOffset: store.partitions[partition]!.offset,
        }),
      ),
    needs: ['lostCalls', 'pauses'],
  },
  {
    name: 'timers-dropped',
    what: 'commits write no timers',
    finds: ['progress', 'convergence'],
    store: (ports) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, { ...commit, timers: [] }),
      ),
    needs: ['expiry'],
  },
  {
    name: 'timers-left',
    what: 'the timers of a profile that goes stay',
    finds: ['leftovers', 'progress'],
    store: (ports) => ({
      ...withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, {
          ...commit,
          timers: commit.timers.filter(({ dueMs }) => dueMs > 0),
        }),
      ),
      erasures: { ...ports.erasures, sweep: () => Promise.resolve() },
    }),
    needs: ['erasures'],
  },
  {
    name: 'dataflows-unchecked',
    what: 'a commit does not look whether it went by the newest dataflows',
    finds: ['convergence'],
    store: (ports, { store }) =>
      withCommit(ports, (partition, commit) =>
        ports.store.commit(partition, { ...commit, dataflowsVersion: store.dataflowsVersion }),
      ),
    // Nobody promises that a change is heard of at once.
    client: (ports, { time }) => ({
      ...ports,
      dataflows: {
        ...ports.dataflows,
        watch: (changed) => ports.dataflows.watch(() => void time.after(heardLateMs, changed)),
      },
    }),
    needs: ['segments'],
  },
]

/** The ports with another way to commit. */
export function withCommit(ports: Ports, commit: Ports['store']['commit']): Ports {
  return { ...ports, store: { ...ports.store, ...rest(ports), commit } }
}

/** A proxy's methods are no fields of its own. */
function rest({ store }: Ports): Omit<Ports['store'], 'commit'> {
  return {
    open: (...given) => store.open(...given),
    load: (...given) => store.load(...given),
    nextDueMs: (...given) => store.nextDueMs(...given),
    dueProfiles: (...given) => store.dueProfiles(...given),
    counters: (...given) => store.counters(...given),
    books: (...given) => store.books(...given),
  }
}

/** The offset alone. */
function emptied(commit: Commit): Commit {
  return {
    ...commit,
    profiles: [],
    timers: [],
    newSegments: [],
    outbox: [],
    counters: new Map(),
    books: new Map(),
    erased: [],
  }
}
