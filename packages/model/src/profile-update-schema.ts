/** As `parseTimestamp` reads it; that the calendar has the day is not for a pattern to say. */
const timestamp = {
  type: 'string',
  pattern:
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:?[0-9]{2})$',
}

/**
 * The shape of a profile update as JSON Schema 2020-12, for API documents. It describes;
 * `parseProfileUpdate` decides, since one identity that is not valid costs a warning and not the
 * update. What does not fit here is never parsed without a code (the `xdm:` spelling apart), and a
 * test holds the two to that.
 */
export const profileUpdateSchema: Readonly<Record<string, unknown>> = {
  title: 'ProfileUpdate',
  description:
    'What changed on one profile, in the format that Experience Platform exports. Fields not listed are ignored.',
  type: 'object',
  required: ['identityMap'],
  properties: {
    identityMap: {
      description:
        'Namespace to identities. Namespaces match in any case; ECID also by its aliases. An identity that is not valid is dropped with a warning.',
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[^:]+$' },
      additionalProperties: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id'],
          properties: {
            id: {
              description:
                'ECID: 38 digits. GAID, IDFA: a UUID. email_lc_sha256: 64 hex digits. Email: a raw address, which is hashed at once. Others: up to 1,024 characters.',
              type: 'string',
              minLength: 1,
            },
            primary: {
              description: 'Whether this identity is the profile key.',
              type: 'boolean',
            },
          },
        },
      },
      examples: [{ ECID: [{ id: '14575006536349286404619648085736425115', primary: true }] }],
    },
    segmentMembership: {
      description:
        'Segment namespace (`ups` for Segmentation Service) to segment id to membership.',
      type: 'object',
      propertyNames: { pattern: '^[^:]+$', maxLength: 256 },
      additionalProperties: {
        type: 'object',
        propertyNames: { minLength: 1, maxLength: 256 },
        additionalProperties: {
          type: 'object',
          required: ['lastQualificationTime'],
          properties: {
            status: {
              description: '`existing` reads as `realized`.',
              enum: ['realized', 'existing', 'exited'],
              default: 'realized',
            },
            lastQualificationTime: {
              description: 'At most 24 hours ahead. The newest wins; of two alike, `exited`.',
              ...timestamp,
              examples: ['2026-11-23T10:00:00Z', '2026-11-23T11:00:00.591378+0100'],
            },
            validUntil: {
              description: 'When the membership ends of itself; it may be far ahead.',
              ...timestamp,
              examples: ['2026-12-23T10:00:00Z'],
            },
          },
        },
      },
    },
    consents: {
      type: 'object',
      properties: {
        share: {
          type: 'object',
          properties: {
            val: {
              description:
                '`n` and `dn` withdraw consent, `y` and `dy` give it; anything else leaves it as it was.',
              examples: ['n'],
            },
          },
        },
        metadata: {
          type: 'object',
          properties: {
            time: {
              description:
                'When the person decided, at most 24 hours ahead. Without it the order of arrival decides.',
              ...timestamp,
            },
          },
        },
      },
    },
  },
}
