/** A sampled span, as W3C's trace context names it: `00-<trace id>-<span id>-01`. Letters, digits and dashes. */
export type TraceParent = string

/** What a span is about. Attributes hold no identity, no profile key, no token and no text of a solution. */
export interface SpanDescription {
  readonly name: string
  /** Default: `internal`. */
  readonly kind?: 'internal' | 'server' | 'producer' | 'consumer' | 'client'
  readonly attributes?: Readonly<Record<string, string | number>>
}

/** A span in work. */
export interface TraceSpan {
  readonly parent: TraceParent
  readonly set: (attributes: Readonly<Record<string, string | number>>) => void
  /** @param code what failed: a code or an error's name, never its text */
  readonly fail: (code: string) => void
  readonly end: () => void
}

/**
 * Follows sampled updates through the system. Nothing of it costs more than a comparison where nobody is followed: there are
 * no spans but those that have a sampled cause.
 */
export interface Traces {
  /**
   * Begins a span: a child of the first cause, linked with all others (work for many updates has many causes).
   * @returns undefined where there is no cause, or none that can be read
   */
  readonly start: (
    description: SpanDescription,
    causes: readonly TraceParent[],
  ) => TraceSpan | undefined
  /** Runs `work`, and what it goes on to do, as part of a span; undefined: as part of none. */
  readonly within: <Result>(parent: TraceParent | undefined, work: () => Result) => Result
  /** The span that the present work is part of. */
  readonly current: () => TraceParent | undefined
  /** Which trace a bucket's rows are part of: its job may have been added for a row that nobody follows. */
  readonly buckets: BucketTraces
}

/** Kept beside buckets, not in them: losing one loses a trace, nothing else. */
export interface BucketTraces {
  /** Notes the trace of a bucket that has none; it ends by itself. Never throws. */
  readonly note: (partition: number, bucket: TracedBucket, trace: TraceParent) => void
  /** The trace of a bucket, once. */
  readonly take: (partition: number, bucket: TracedBucket) => Promise<TraceParent | undefined>
}

/** What tells buckets apart before the store has numbered them. */
export interface TracedBucket {
  readonly dataflow: string
  readonly dueMs: number
}

/**
 * Runs `work` as a span of each cause; without a cause it just runs. What `work` leads to belongs to the first cause; the others'
 * spans are linked with the first one's, so that each trace shows where it goes on.
 */
export async function traced<Result>(
  traces: Traces | undefined,
  description: SpanDescription,
  causes: readonly TraceParent[],
  work: (span: TraceSpan | undefined) => Promise<Result>,
): Promise<Result> {
  if (traces === undefined) return work(undefined)
  const span = traces.start(description, causes)
  if (span === undefined) return traces.within(undefined, () => work(undefined))
  const beside = [...new Set(causes)]
    .slice(1, causesMax)
    .flatMap((cause) => traces.start(description, [cause, span.parent]) ?? [])
  const spans = [span, ...beside]
  try {
    return await traces.within(span.parent, () => work(span))
  } catch (error) {
    for (const one of spans) one.fail(error instanceof Error ? error.name : 'unknown')
    throw error
  } finally {
    for (const one of spans) one.end()
  }
}

/** Causes of one piece of work that get a span: as many as a slice has entries. */
const causesMax = 16

/** The trace's own id: what people search for. */
export function traceIdOf(parent: TraceParent): string {
  return parent.split('-')[1] ?? ''
}
