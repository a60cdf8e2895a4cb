/** Codes of runs. */
export const runCodes = {
  RUN_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no run of this id, or not any more: runs are kept for 90 days.',
    remedy: 'See `GET /data/foundation/flowservice/runs?property=flowId==<flow>`.',
  },
} as const
