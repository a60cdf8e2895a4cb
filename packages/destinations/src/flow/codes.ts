/** Codes of flows. */
export const flowCodes = {
  FLOW_SPEC_UNKNOWN: {
    status: 404,
    meaning: 'There is no flow spec of this id.',
    remedy: 'See `GET /data/foundation/flowservice/flowSpecs`.',
  },
  FLOW_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no flow of this id.',
    remedy: 'See `GET /data/foundation/flowservice/flows`; `x-sandbox-name` says of which sandbox.',
  },
  FLOW_INVALID: {
    status: 400,
    meaning: 'The flow is not as documented, or refers to what is not there.',
    remedy: 'See `errors`: each has a JSON pointer and says what is wrong there.',
  },
  MAPPING_UNSUPPORTED: {
    status: 400,
    meaning:
      'The destination has no mapping step: profile selectors, mappings and filters are refused.',
    remedy: 'Leave them out. Identities are the four that the catalog lists.',
  },
  SCHEDULE_UNSUPPORTED: {
    status: 400,
    meaning: 'The destination has no scheduling step: it is always on.',
    remedy: 'Leave schedules out; enable and disable the flow, or add and remove segments.',
  },
  SELECTOR_SEGMENT_UNKNOWN: {
    status: 400,
    meaning: 'A segment to activate was neither registered nor seen in the stream.',
    remedy: 'Correct the id, or register it: `POST /data/core/ups/segment/definitions`.',
  },
  SEGMENT_ACTIVATED_ELSEWHERE: {
    status: 409,
    meaning: 'Another flow of the sandbox activates the segment for the same solution.',
    remedy: 'Take it out of that flow first (`flow` names it), or leave the solution out here.',
  },
  FLOW_SEGMENT_LIMIT: {
    status: 409,
    meaning: 'The flow would have more segments than a flow may.',
    remedy: 'Add a second flow to the same connection for the others.',
  },
  FLOW_LIMIT: {
    status: 409,
    meaning: 'The sandbox has as many flows as it may.',
    remedy: 'Add segments to one that is there, or delete one.',
  },
  FLOW_ACTION_UNSUPPORTED: {
    status: 400,
    meaning: 'The action is none that flows to this destination have.',
    remedy: 'Use `op=enable` or `op=disable`; there are no drafts to publish or to finalize.',
  },
} as const
