/** Codes of privacy requests. */
export const privacyCodes = {
  PRIVACY_REQUEST_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no privacy request of this id, or not any more.',
    remedy: 'See `GET /v1/privacy-requests`; requests are kept for 90 days after they are done.',
  },
  ERASURE_LIMIT: {
    status: 429,
    meaning: 'The part of the sandbox that holds the profile remembers as many erasures as it may.',
    remedy:
      'Send it again later: each is remembered for 35 days, and none before its time is forgotten for another.',
  },
} as const
