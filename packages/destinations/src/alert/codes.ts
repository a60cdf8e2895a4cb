/** Codes of this folder's refusals. */
export const alertCodes = {} as const
