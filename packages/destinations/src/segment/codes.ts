/** Codes of this folder's refusals. */
export const segmentCodes = {} as const
