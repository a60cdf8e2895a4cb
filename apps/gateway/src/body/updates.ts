/** The updates of one body, decoded one by one, in order. */
export interface Updates {
  readonly count: number
  /** The next one as it was decoded, not checked yet; `malformed` where it cannot be decoded. To be called `count` times. */
  readonly next: () => unknown
}

/** Stands for an update that cannot be decoded while its neighbours can: a broken line of NDJSON. */
export const malformed: unique symbol = Symbol('malformed')

/** The elements of an array; anything else is one update. */
export function updatesOf(value: unknown): Updates {
  const elements: readonly unknown[] = Array.isArray(value) ? value : [value]
  let at = 0
  return { count: elements.length, next: () => elements[at++] }
}
