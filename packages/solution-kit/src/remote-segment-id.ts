import type { Segment } from '@segue/model'

/**
 * The id by which a segment is known at a solution, in integration codes, signals and descriptions.
 * Segments of Experience Platform's own service (`ups:<id>`) go by their bare id, as Platform itself shares them
 * (`reference/solutions.md` §1.4). Any other namespace stays in front, and so does `ups` before an id that
 * has a colon of its own, so that no two segments ever share one remote id.
 */
export function remoteSegmentId(segment: Segment): string {
  const id = segment.startsWith('ups:') ? segment.slice('ups:'.length) : ''
  return id === '' || id.includes(':') ? segment : id
}
