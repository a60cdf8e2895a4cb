/** Codes of this folder's refusals. */
export const flowCodes = {} as const
