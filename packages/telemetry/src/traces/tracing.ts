import { AsyncLocalStorage } from 'node:async_hooks'
import { hostname } from 'node:os'
import type * as Api from '@opentelemetry/api'
import type { Context, Link, Span, Tracer } from '@opentelemetry/api'
import type { SpanDescription, Traces, TraceParent, TraceSpan } from '@segue/runtime'
import { parseTraceParent, traceParentOf } from './trace-parent.ts'

/** What a program makes traces with. */
export interface Tracing extends Omit<Traces, 'buckets'> {
  /**
   * Runs `work` as the first span of ours: part of the sender's trace where that is sampled, else of a new one for the share of
   * requests that is to be sampled, else of none.
   *
   * @param sent the request's `traceparent`
   */
  readonly begin: <Result>(
    description: SpanDescription,
    sent: string | undefined,
    work: (span: TraceSpan | undefined) => Promise<Result>,
  ) => Promise<Result>
  /** Sends what is left, for at most two seconds. */
  readonly stop: () => Promise<void>
}

export interface TracingOptions {
  /** `segue-gateway`, `segue-processor`. */
  readonly service: string
  /** Tells the processes of a service apart. */
  readonly instance: string
  /** Base URL of a collector that takes OTLP over HTTP: `/v1/traces` is added. */
  readonly endpoint: string
  /** Share of the updates that come without a trace of their own, 0 to 1. */
  readonly ratio: number
  /** Told once when the collector does not take spans, and again after it did. */
  readonly warn: (message: string) => void
}

/** Spans that wait for the collector; beyond it they are dropped. */
const spansWaitingMax = 2_048
const spansPerExport = 512
const exportEveryMs = 1_000
const exportTimeoutMs = 5_000
const stopMaxMs = 2_000
/** Causes of one span that are linked. */
const linksMax = 16

/** Traces to a collector. OpenTelemetry's SDK is loaded by this call, so that nobody pays for it who does not use it. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  })
  let isAway = false
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.instance,
      'host.name': hostname(),
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(options.ratio) }),
    spanLimits: { linkCountLimit: linksMax, attributeValueLengthLimit: 256 },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: {
          export: (spans, done) =>
            exporter.export(spans, (result) => {
              const failed = result.error !== undefined
              if (failed && !isAway) {
                options.warn(
                  'the collector of traces does not take spans; they are dropped until it does',
                )
              }
              isAway = failed
              // The SDK tells its own log, which nobody has opened.
              done(result)
            }),
          forceFlush: () => exporter.forceFlush(),
          shutdown: () => exporter.shutdown(),
        },
        maxQueueSize: spansWaitingMax,
        maxExportBatchSize: spansPerExport,
        scheduledDelayMillis: exportEveryMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  })
  return {
    ...tracesOf(api, provider.getTracer('segue')),
    stop: async () => {
      let cut: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        cut = setTimeout(resolve, stopMaxMs)
      })
      // What the collector does not take is lost with this process: traces are no books.
      await Promise.race([provider.shutdown().catch(() => {}), late])
      clearTimeout(cut)
    },
  }
}

/** Makes no spans at all. */
export const noTracing: Tracing = {
  begin: (_description, _sent, work) => work(undefined),
  start: () => undefined,
  within: (_parent, work) => work(),
  current: () => undefined,
  stop: () => Promise.resolve(),
}

function tracesOf(api: typeof Api, tracer: Tracer): Omit<Tracing, 'stop'> {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api
  const kinds = {
    internal: SpanKind.INTERNAL,
    server: SpanKind.SERVER,
    producer: SpanKind.PRODUCER,
    consumer: SpanKind.CONSUMER,
    client: SpanKind.CLIENT,
  } as const
  const active = new AsyncLocalStorage<TraceParent | undefined>()

  const contextOf = (parent: TraceParent | undefined): Context | undefined => {
    const spanContext = parent === undefined ? undefined : parseTraceParent(parent)
    return spanContext && trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true })
  }
  const open = (
    { name, kind = 'internal', attributes = {} }: SpanDescription,
    context: Context,
    links: Link[] = [],
  ): TraceSpan | undefined => {
    const span = tracer.startSpan(
      name,
      { kind: kinds[kind], attributes: { ...attributes }, links },
      context,
    )
    return span.isRecording() ? spanOf(span) : undefined
  }
  const spanOf = (span: Span): TraceSpan => ({
    parent: traceParentOf(span.spanContext()),
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (code) => void span.setStatus({ code: SpanStatusCode.ERROR, message: code }),
    end: () => span.end(),
  })
  const within = <Result>(parent: TraceParent | undefined, work: () => Result): Result =>
    active.getStore() === parent ? work() : active.run(parent, work)

  return {
    begin: async (description, sent, work) => {
      const span = open(description, contextOf(sent) ?? ROOT_CONTEXT)
      if (span === undefined) return work(undefined)
      try {
        return await within(span.parent, () => work(span))
      } finally {
        span.end()
      }
    },
    start: (description, causes) => {
      const [first, ...others] = new Set(causes)
      const context = contextOf(first)
      if (context === undefined) return undefined
      const links = others.slice(0, linksMax).flatMap((cause): Link[] => {
        const linked = parseTraceParent(cause)
        return linked === undefined ? [] : [{ context: linked }]
      })
      return open(description, context, links)
    },
    within,
    current: () => active.getStore(),
  }
}
