/** Codes of segment definitions. */
export const segmentCodes = {
  SEGMENT_UNKNOWN: {
    status: 404,
    meaning: 'The segment was neither registered nor seen in the stream of the sandbox.',
    remedy: 'See `GET /data/core/ups/segment/definitions`; `x-sandbox-name` says of which sandbox.',
  },
  SEGMENT_EXISTS: {
    status: 422,
    meaning: 'A segment of this namespace and id is registered already.',
    remedy: 'Change it by `PATCH`, or register another id.',
  },
  SEGMENT_INVALID: {
    status: 400,
    meaning: 'The segment definition is not as documented.',
    remedy: 'See `errors`: each has a JSON pointer and says what is wrong there.',
  },
  SEGMENT_IN_USE: {
    status: 409,
    meaning: 'A flow activates the segment; `usedBy` names it.',
    remedy: 'Take the segment out of the flow first.',
  },
  SEGMENT_DEFINITION_LIMIT: {
    status: 409,
    meaning: 'The sandbox has as many segment definitions as it may.',
    remedy: 'Delete those that nobody uses.',
  },
} as const
