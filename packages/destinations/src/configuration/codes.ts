/** Codes of changes as such, whatever is changed. */
export const configurationCodes = {
  CONFIGURATION_BUSY: {
    status: 503,
    meaning: 'Others kept changing the configuration at the same time.',
    remedy: 'Send it again after `Retry-After` seconds.',
  },
  IF_MATCH_MISSING: {
    status: 400,
    meaning: 'A change came without `If-Match`.',
    remedy: 'Read the object and send its `etag`, with the quotes, as `If-Match`.',
  },
  ETAG_STALE: {
    status: 412,
    meaning: 'The object was changed since it was read; nothing was written.',
    remedy: 'Read it again, apply the change to what it is now, and send the new `etag`.',
  },
} as const
