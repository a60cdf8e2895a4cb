/** Codes of backfills. */
export const backfillCodes = {
  BACKFILL_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no backfill of this id, or not any more.',
    remedy: 'See `GET /v1/backfills`; `x-sandbox-name` says of which sandbox.',
  },
  BACKFILL_INVALID: {
    status: 400,
    meaning: 'A backfill was asked for that the flow has no part for.',
    remedy: 'See `errors`: name segments and solutions that the flow activates, or leave them out.',
  },
} as const
