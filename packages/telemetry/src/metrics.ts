import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { metricTable } from './metric-table.ts'
import type { LabelOf, MetricName, MetricRow, NameOf } from './metric-table.ts'

/** The metrics of one process. A metric is registered when it is first asked for, so that each process shows only its own. */
export interface Metrics {
  readonly counter: <Name extends NameOf<'counter'>>(name: Name) => Counter<LabelOf<Name>>
  readonly gauge: <Name extends NameOf<'gauge'>>(name: Name) => Gauge<LabelOf<Name>>
  readonly histogram: <Name extends NameOf<'histogram'>>(name: Name) => Histogram<LabelOf<Name>>
  /** All of them in Prometheus' text format. */
  readonly exposition: () => Promise<{ readonly contentType: string; readonly body: string }>
}

/** Metrics in a registry of their own, with those of the process (memory, event loop, garbage collection) beside them. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  return {
    counter: (name) => remembered(counters, name, () => new Counter(described(name, registry))),
    gauge: (name) => remembered(gauges, name, () => new Gauge(described(name, registry))),
    histogram: (name) =>
      remembered(histograms, name, () => {
        const { buckets } = metricTable[name]
        return new Histogram({ ...described(name, registry), buckets: [...buckets] })
      }),
    exposition: async () => ({
      contentType: registry.contentType,
      body: await registry.metrics(),
    }),
  }
}

function remembered<Metric>(
  known: Map<string, Metric>,
  name: string,
  create: () => Metric,
): Metric {
  let metric = known.get(name)
  if (metric === undefined) {
    metric = create()
    known.set(name, metric)
  }
  return metric
}

function described(
  name: MetricName,
  registry: Registry,
): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
  const { help, labels }: MetricRow = metricTable[name]
  return { name, help, labelNames: [...labels], registers: [registry] }
}
