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
  segue_queue_jobs: {
    kind: 'gauge',
    help: 'Jobs of a queue, by state.',
    labels: ['sandbox', 'queue', 'state'],
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
