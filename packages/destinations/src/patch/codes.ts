/** Codes of changes by JSON Patch. */
export const patchCodes = {
  PATCH_INVALID: {
    status: 400,
    meaning: 'An operation of the JSON Patch is not one, or its pointer leads nowhere.',
    remedy:
      'See `errors`: each names an operation by its place. Operations count one after the other: remove items of a list from the last to the first.',
  },
  PATCH_TEST_FAILED: {
    status: 409,
    meaning: 'A `test` operation of the JSON Patch found another value; nothing was changed.',
    remedy: 'Read the object again and decide by what it is now.',
  },
} as const
