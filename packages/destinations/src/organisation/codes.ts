/** Codes of what the organisation is entitled to and has set. */
export const organisationCodes = {} as const
