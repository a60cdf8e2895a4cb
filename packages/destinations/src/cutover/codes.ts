/** Codes of the move from the legacy integration. */
export const cutoverCodes = {
  LEGACY_INTEGRATION_ACTIVE: {
    status: 409,
    meaning:
      'The legacy segment sharing integration is on; it and an enabled flow exclude each other.',
    remedy: 'Prepare a cutover (`POST /v1/cutovers`) and switch, or leave the flow disabled.',
  },
  LEGACY_INTEGRATION_OFF: {
    status: 409,
    meaning: 'The legacy integration is not on, so there is nothing to move from.',
    remedy: 'Enable the flow itself; no cutover is needed.',
  },
  CUTOVER_NO_FLOW: {
    status: 409,
    meaning: 'No flow is held for the cutover.',
    remedy: 'Connect and create the flow first: while the legacy integration is on it is held.',
  },
  CUTOVER_EXISTS: {
    status: 409,
    meaning: 'A cutover is prepared already.',
    remedy: 'Switch it, or delete it first.',
  },
  CUTOVER_SWITCHED: {
    status: 409,
    meaning: 'The cutover was switched; its record stays.',
    remedy: 'Nothing is to be done: see its gap and its backfill.',
  },
  CUTOVER_TIME_INVALID: {
    status: 400,
    meaning: 'The legacy integration is said to stop in the future, or the time is none.',
    remedy: 'Send when it stopped, or leave `legacyDisabledAt` out: now.',
  },
  CUTOVER_UNKNOWN: {
    status: 404,
    meaning: 'There is no cutover of this id.',
    remedy: 'See `GET /v1/cutovers`.',
  },
} as const
