/** `namespace:id` as the model lets segments be named. */
export const segmentPattern: RegExp = /^[^:\p{Cc}\p{Cs}]{1,256}:[^\p{Cc}\p{Cs}]{1,256}$/u

/** A namespace by itself: without the colon, which ends it. */
export const namespacePattern: RegExp = /^[^:\p{Cc}\p{Cs}]{1,256}$/u

/** A segment's namespace, and its id within it. */
export function splitSegment(segment: string): { readonly namespace: string; readonly id: string } {
  const colon = segment.indexOf(':')
  return { namespace: segment.slice(0, colon), id: segment.slice(colon + 1) }
}
