/**
 * Why an update was refused as a whole. The codes are stable: senders may branch on them, docs and
 * the gateway are generated from this table.
 */
export const rejectionCodes = {
  UPDATE_INVALID: {
    meaning: 'The update is not an object.',
    remedy: 'Send one object an update, with `identityMap` and what changed.',
  },
  RESERVED_KEY: {
    meaning: 'An object of the update has a key named `__proto__`.',
    remedy: 'Remove the key. No namespace, segment or field may have this name.',
  },
  IDENTITY_MAP_INVALID: {
    meaning: '`identityMap` is missing or is not an object.',
    remedy: 'Send `identityMap` as an object: namespace to a list of `{ "id": "…" }`.',
  },
  NO_USABLE_IDENTITY: {
    meaning:
      'No identity of the update could be used; the detail lists what was wrong with those given.',
    remedy: 'Send at least one valid identity; the warning codes say what each namespace asks for.',
  },
  MEMBERSHIP_MAP_INVALID: {
    meaning: '`segmentMembership`, or what it holds for a namespace, is not an object.',
    remedy:
      'Send two levels of objects: namespace to segment id to membership. Leave the field out to say nothing.',
  },
  MEMBERSHIP_INVALID: {
    meaning: 'A membership is not an object.',
    remedy: 'Send `{ "status": "realized", "lastQualificationTime": "…" }` for the segment.',
  },
  MEMBERSHIP_LIMIT: {
    meaning: 'The update has more than 1,000 memberships.',
    remedy: 'Split it: several updates of one profile add up.',
  },
  SEGMENT_INVALID: {
    meaning: 'A segment cannot be named `namespace:id`.',
    remedy:
      'Use 1 to 256 characters for each part, no control characters, no unpaired surrogates, and no colon in the namespace.',
  },
  STATUS_UNKNOWN: {
    meaning: 'A membership has a status other than `realized`, `existing` and `exited`.',
    remedy:
      'Send one of the three in lower case. A membership without a status reads as `realized`.',
  },
  LAST_QUALIFICATION_TIME_INVALID: {
    meaning:
      '`lastQualificationTime` is missing, is not a timestamp with a zone, or is before 1970.',
    remedy: 'Send for example "2026-11-23T10:00:00Z".',
  },
  LAST_QUALIFICATION_TIME_AHEAD: {
    meaning: '`lastQualificationTime` is more than 24 hours ahead.',
    remedy: 'Check the clock and the zone of the sender.',
  },
  VALID_UNTIL_INVALID: {
    meaning: '`validUntil` is not a timestamp with a zone, or is before 1970.',
    remedy:
      'Send for example "2026-12-23T10:00:00Z", or leave it out where the membership has no end.',
  },
  CONSENT_INVALID: {
    meaning: '`consents`, `consents.share` or `consents.metadata` is not an object.',
    remedy: 'Send `{ "share": { "val": "n" } }`, or leave the field out to say nothing.',
  },
  CONSENT_TIME_INVALID: {
    meaning: '`consents.metadata.time` is not a timestamp with a zone, or is before 1970.',
    remedy:
      'Send for example "2026-11-23T10:00:00Z", or leave it out: then the order of arrival decides.',
  },
  CONSENT_TIME_AHEAD: {
    meaning: '`consents.metadata.time` is more than 24 hours ahead.',
    remedy: 'Check the clock and the zone of the sender.',
  },
} as const

/**
 * Why an identity, or part of what was said of identities, was left out of an update that was
 * accepted. Stable too.
 */
export const warningCodes = {
  IDENTITY_NAMESPACE_INVALID: {
    meaning: 'The namespace of the identities cannot be used; its identities were dropped.',
    remedy: 'Use 1 to 64 characters, no colon, no control characters.',
  },
  IDENTITY_MALFORMED: {
    meaning:
      'A list of identities is not a list, an identity is not an object, or its `id` is not a string.',
    remedy: 'Send `{ "id": "…" }`; ids are strings even where they are made of digits.',
  },
  PRIMARY_INVALID: {
    meaning: 'The `primary` of an identity is not a boolean; the identity was read as not marked.',
    remedy:
      'Send `true` or `false` without quotes: the mark decides which profile the update is for.',
  },
  ECID_INVALID: {
    meaning: 'An ECID is not exactly 38 digits; it was dropped.',
    remedy: 'Send the ECID as a string of 38 digits: as a number it loses digits.',
  },
  GAID_INVALID: {
    meaning: 'A GAID is not a UUID with hyphens; it was dropped.',
    remedy: 'Send the advertising id raw, 8-4-4-4-12 hex digits; either case is read.',
  },
  IDFA_INVALID: {
    meaning: 'An IDFA is not a UUID with hyphens; it was dropped.',
    remedy: 'Send the advertising id raw, 8-4-4-4-12 hex digits; either case is read.',
  },
  DEVICE_ID_ALL_ZERO: {
    meaning:
      'A GAID or IDFA is all zeros, as devices answer that opted out of tracking; it was dropped.',
    remedy: 'Nothing to mend: it names no device.',
  },
  EMAIL_HASH_INVALID: {
    meaning: 'An `email_lc_sha256` is not 64 hex digits; it was dropped.',
    remedy:
      'Send the SHA-256 of the trimmed, lower-cased address, or the address itself under `Email`.',
  },
  EMAIL_INVALID: {
    meaning: 'An `Email` does not look like an address; it was dropped.',
    remedy: 'Send one raw address; hashes belong under `email_lc_sha256`.',
  },
  IDENTITY_ID_INVALID: {
    meaning:
      'An id of another namespace is blank, `null`, `anonymous` or `invalid`, longer than 1,024 characters, or has control characters or unpaired surrogates; it was dropped.',
    remedy: 'Send the id only for people who have one.',
  },
  IDENTITY_LIMIT: {
    meaning:
      'The update has more than 50 distinct identities; those of the lowest priority were dropped.',
    remedy:
      'A profile with this many identities is most likely several people: check how it was merged.',
  },
  WARNING_LIMIT: {
    meaning: 'There were more warnings than an answer lists.',
    remedy: 'Mend those that are listed first.',
  },
} as const

export type RejectionCode = keyof typeof rejectionCodes
export type WarningCode = keyof typeof warningCodes
