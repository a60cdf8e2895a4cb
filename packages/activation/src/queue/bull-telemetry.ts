import { SpanKind, type Telemetry } from 'bullmq'
import type { TraceParent, Traces, TraceSpan } from '@segue/runtime'

/** What of BullMQ's attributes goes into spans: names and numbers. What else it would tell may hold anything. */
const told: ReadonlySet<string> = new Set([
  'bullmq.queue.name',
  'bullmq.job.name',
  'bullmq.job.bulk.count',
  'bullmq.job.attempts.made',
])

/**
 * Takes traces through BullMQ: a job that is added for a sampled update carries its span, and runs as a part of it. Jobs without
 * one make no spans, and nor does what BullMQ does by itself.
 */
export function bullTelemetry(traces: Traces): Telemetry<TraceParent> {
  return {
    tracer: {
      startSpan: (name, options, context) => {
        const isWork = options?.kind === SpanKind.PRODUCER || options?.kind === SpanKind.CONSUMER
        const cause = context ?? traces.current() ?? ''
        if (!isWork || cause === '') return unseen
        const kind = options?.kind === SpanKind.CONSUMER ? 'consumer' : 'producer'
        const span = traces.start({ name, kind }, [cause])
        return span === undefined ? unseen : seen(span)
      },
    },
    contextManager: {
      with: (context: TraceParent, work) =>
        traces.within(context === '' ? undefined : context, work),
      active: () => traces.current() ?? '',
      root: () => '',
      getMetadata: (context: TraceParent) => context,
      fromMetadata: (_active, metadata) => metadata,
    },
  }
}

type BullSpan = ReturnType<Telemetry<TraceParent>['tracer']['startSpan']>

function seen(span: TraceSpan): BullSpan {
  const set: BullSpan['setAttribute'] = (key, value) => {
    if (told.has(key) && (typeof value === 'string' || typeof value === 'number')) {
      span.set({ [key]: value })
    }
  }
  return {
    setSpanOnContext: () => span.parent,
    setAttribute: set,
    setAttributes: (attributes) => {
      for (const [key, value] of Object.entries(attributes)) {
        if (value !== undefined) set(key, value)
      }
    },
    addEvent: () => {},
    // Its text may hold anything.
    recordException: (error) => span.fail(nameOf(error)),
    end: span.end,
  }
}

/** A job that comes back later is no failure: BullMQ has it thrown. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}

const unseen: BullSpan = {
  setSpanOnContext: (context: TraceParent) => context,
  setAttribute: () => {},
  setAttributes: () => {},
  addEvent: () => {},
  recordException: () => {},
  end: () => {},
}
