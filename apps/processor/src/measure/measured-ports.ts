import type { CommitOutcome, Ports } from '@segue/runtime'
import type { Metrics } from '@segue/telemetry'

/** Ports that count and time what a worker does through them. It costs no round trip: what is counted passes by anyway. */
export function measuredPorts<Given extends Pick<Ports, 'store' | 'ledger'>>(
  ports: Given,
  metrics: Metrics,
  sandbox: string,
): Given {
  const { store, ledger } = ports
  const stepped = metrics.counter('segue_records_stepped_total')
  const commits = metrics.counter('segue_commits_total')
  const seconds = metrics.histogram('segue_commit_duration_seconds')
  const records = metrics.histogram('segue_commit_records')
  const settled = metrics.counter('segue_rows_settled_total')
  const noteCommit = (outcome: CommitOutcome['status'] | 'unanswered', startMs: number): void => {
    commits.inc({ sandbox, outcome })
    seconds.observe({ sandbox }, (performance.now() - startMs) / 1_000)
  }
  return {
    ...ports,
    store: {
      ...store,
      commit: async (partition, commit) => {
        const startMs = performance.now()
        let committed: CommitOutcome
        try {
          committed = await store.commit(partition, commit)
        } catch (error) {
          noteCommit('unanswered', startMs)
          throw error
        }
        noteCommit(committed.status, startMs)
        if (committed.status === 'committed') {
          const count = commit.counters.get('steppedRecords') ?? 0
          stepped.inc({ sandbox }, count)
          records.observe({ sandbox }, count)
        }
        return committed
      },
    },
    ledger: {
      ...ledger,
      settle: async (partition, settlement) => {
        const lost = await ledger.settle(partition, settlement)
        const left = new Set(lost)
        const { solution } = settlement
        for (const { outcomes } of settlement.rows) {
          for (const { profileKey, outcome } of outcomes) {
            if (left.has(profileKey)) continue
            settled.inc({ sandbox, solution, outcome: outcome.split(':', 1)[0] ?? outcome })
          }
        }
        return lost
      },
    },
  }
}
