/** Codes of this folder's refusals. */
export const governanceCodes = {} as const
