/** Codes of this folder's refusals. */
export const accessCodes = {} as const
