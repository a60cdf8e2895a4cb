/** Ids of the segments that are simulated, in the namespace `ups`. */
export const segmentIds = ['a', 'b', 'c', 'd', 'e'] as const
