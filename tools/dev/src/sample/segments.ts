import { createHash } from 'node:crypto'

/** A segment as the sample's sender knows it. */
export interface SampleSegment {
  /** The namespace of the system that produced it. */
  readonly namespace: string
  readonly id: string
  readonly name: string
}

const subjects = ['Loyal', 'New', 'Lapsed', 'High value', 'Discount', 'Weekend', 'Mobile', 'Gold']
const objects = ['buyers', 'visitors', 'subscribers', 'cart leavers', 'readers']

/** Every tenth comes from an upload instead of the Segmentation Service. */
const uploadEvery = 10

/** @returns the sample's segments; ids are UUIDs that depend on the seed alone */
export function sampleSegments(seed: number, count: number): readonly SampleSegment[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace: index % uploadEvery === uploadEvery - 1 ? 'CustomerAudienceUpload' : 'ups',
    id: uuidFrom(`${seed}/segment/${index}`),
    name: [
      subjects[index % subjects.length],
      objects[Math.floor(index / subjects.length) % objects.length],
      ...(index < subjects.length * objects.length ? [] : [String(index)]),
    ].join(' '),
  }))
}

/** A version 4 UUID, lower case, that is the same for the same text. */
export function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4]
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
