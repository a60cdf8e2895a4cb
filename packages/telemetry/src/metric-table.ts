/**
 * Every metric of Segue: the one place where names, labels and meanings are written. README's table is made from it.
 * Names follow Prometheus: base units, `_total` for what only grows.
 */
export const metricTable = {
  segue_updates_accepted_total: {
    kind: 'counter',
    help: 'Profile updates that are in the log.',
    labels: ['sandbox'],
  },
  segue_updates_rejected_total: {
    kind: 'counter',
    help: 'Profile updates that were refused, by code.',
    labels: ['sandbox', 'code'],
  },
  segue_update_warnings_total: {
    kind: 'counter',
    help: 'Parts of accepted updates that were left out, by code.',
    labels: ['sandbox', 'code'],
  },
  segue_http_request_duration_seconds: {
    kind: 'histogram',
    help: "From a request's head to the end of its answer.",
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
  },
  segue_http_problems_total: {
    kind: 'counter',
    help: 'Requests that were answered with an error, by its code.',
    labels: ['code'],
  },
  segue_requests_in_flight: {
    kind: 'gauge',
    help: 'Requests with updates that are not answered yet.',
    labels: [],
  },
  segue_bytes_in_flight: {
    kind: 'gauge',
    help: 'Bytes of bodies with updates that are held in memory.',
    labels: [],
  },
  segue_append_group_records: {
    kind: 'histogram',
    help: 'Updates that went to the log in one round trip.',
    labels: ['sandbox'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
  },
  segue_append_duration_seconds: {
    kind: 'histogram',
    help: 'One round trip of appends to the log.',
    labels: ['sandbox'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
  },
  segue_redis_up: {
    kind: 'gauge',
    help: '1 where Redis answered when the metrics were read, else 0.',
    labels: [],
  },
  segue_partition_lag_records: {
    kind: 'gauge',
    help: 'Records in the log of a partition that are not stepped yet.',
    labels: ['sandbox', 'partition'],
  },
  segue_partition_lag_bytes: {
    kind: 'gauge',
    help: 'Bytes in the log of a partition that are not stepped yet.',
    labels: ['sandbox', 'partition'],
  },
  segue_outbox_rows: {
    kind: 'gauge',
    help: 'Changed memberships of a partition that wait to be activated or delivered.',
    labels: ['sandbox', 'partition'],
  },
  segue_older_than_erasure: {
    kind: 'gauge',
    help: 'Memberships and consent decisions of a partition that were dropped so far, being older than the erasure of their profile.',
    labels: ['sandbox', 'partition'],
  },
  segue_entries_set_aside: {
    kind: 'gauge',
    help: 'Log entries of a partition that could not be read and were set aside so far.',
    labels: ['sandbox', 'partition'],
  },
  segue_store_losses: {
    kind: 'gauge',
    help: 'How often Redis was found to have lost the end of a partition so far; what its owner had read was given back.',
    labels: ['sandbox', 'partition'],
  },
  segue_queue_jobs: {
    kind: 'gauge',
    help: 'Jobs of a queue, by state.',
    labels: ['sandbox', 'queue', 'state'],
  },
  segue_partition_lag_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest entry in the log of a partition that is not stepped yet; 0 where there is none.',
    labels: ['sandbox', 'partition'],
  },
  segue_queue_oldest_due_seconds: {
    kind: 'gauge',
    help: 'How long the oldest job of a queue that could run now has been due; 0 where there is none.',
    labels: ['sandbox', 'queue'],
  },
  segue_dead_letters: {
    kind: 'gauge',
    help: 'Records that failed for good and wait for a person.',
    labels: ['sandbox', 'solution'],
  },
  segue_solution_paused: {
    kind: 'gauge',
    help: '1 where nothing is sent to a solution just now: it is down, over its limits, or set up wrongly; else 0.',
    labels: ['sandbox', 'solution'],
  },
  segue_workers_live: {
    kind: 'gauge',
    help: 'Workers with the role `stream` that live.',
    labels: ['sandbox'],
  },
  segue_partitions_unowned: {
    kind: 'gauge',
    help: 'Partitions that no living worker owns.',
    labels: ['sandbox'],
  },
  segue_worker_clock_skew_seconds: {
    kind: 'gauge',
    help: 'How far the clock of a worker’s machine is ahead of Redis’.',
    labels: ['sandbox', 'worker'],
  },
  segue_redis_errors_total: {
    kind: 'counter',
    help: 'Errors by the present state of Redis that somebody met, by kind; what the client repeats by itself is not counted.',
    labels: ['kind'],
  },
  segue_records_stepped_total: {
    kind: 'counter',
    help: 'Records that this process stepped and committed.',
    labels: ['sandbox'],
  },
  segue_commits_total: {
    kind: 'counter',
    help: 'Commits of this process: `committed`, `fenced` (another owns the partition), `moved`, `outdated` (stepped again), `unanswered`.',
    labels: ['sandbox', 'outcome'],
  },
  segue_commit_duration_seconds: {
    kind: 'histogram',
    help: 'One commit, from the call to Redis’ answer.',
    labels: ['sandbox'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  segue_commit_records: {
    kind: 'histogram',
    help: 'Records of one commit.',
    labels: ['sandbox'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
  },
  segue_lease_changes_total: {
    kind: 'counter',
    help: 'Partitions that this process took, released, or lost to another (`fenced`: seen at a commit).',
    labels: ['sandbox', 'change'],
  },
  segue_partitions_owned: {
    kind: 'gauge',
    help: 'Partitions that this process owns.',
    labels: ['sandbox'],
  },
  segue_partitions_expected: {
    kind: 'gauge',
    help: 'Partitions that fall to this process, by the workers that live.',
    labels: ['sandbox'],
  },
  segue_profiles_resident: {
    kind: 'gauge',
    help: 'Profiles in the memory of this process.',
    labels: ['sandbox'],
  },
  segue_clock_skew_seconds: {
    kind: 'gauge',
    help: 'How far this machine’s clock is ahead of Redis’.',
    labels: ['sandbox'],
  },
  segue_jobs_total: {
    kind: 'counter',
    help: 'Runs of jobs in this process: `done`, `again` (comes back later), `failed` (trouble of ours, tried again with back-off).',
    labels: ['sandbox', 'queue', 'outcome'],
  },
  segue_job_oldest_seconds: {
    kind: 'gauge',
    help: 'How long the job has run that has run for longest in this process; claims of a delivery live as long as its job.',
    labels: ['sandbox', 'queue'],
  },
  segue_solution_call_duration_seconds: {
    kind: 'histogram',
    help: 'One call to a solution’s adapter, with the requests that it takes.',
    labels: ['sandbox', 'solution', 'way'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  segue_solution_rows_total: {
    kind: 'counter',
    help: 'Rows that were handed to a solution’s adapter, by its verdict: `delivered`, `retry`, `rejected`, `misconfigured`.',
    labels: ['sandbox', 'solution', 'verdict'],
  },
  segue_rows_settled_total: {
    kind: 'counter',
    help: 'Rows that this process settled in the books: `activated`, `coalesced`, `excluded`, `failed`.',
    labels: ['sandbox', 'solution', 'outcome'],
  },
} as const

/** How a metric is described in the table. */
export interface MetricRow {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

export type MetricName = keyof typeof metricTable

/** Names of the metrics of one kind. */
export type NameOf<Kind extends MetricRow['kind']> = {
  [Name in MetricName]: (typeof metricTable)[Name]['kind'] extends Kind ? Name : never
}[MetricName]

export type LabelOf<Name extends MetricName> = (typeof metricTable)[Name]['labels'][number]

/** The table as README shows it. */
export function metricTableMarkdown(): string {
  const rows = Object.entries<MetricRow>(metricTable).map(([name, { kind, labels, help }]) => {
    const labelled = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${kind} | ${labelled} | ${help} |`
  })
  return ['| name | kind | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
