/** What access is controlled of (reference §1.6). */
export type ObjectType = 'SEGMENT' | 'TRAIT' | 'DESTINATION' | 'DERIVED_SIGNALS' | 'TAGS'

/** What may be granted on objects of a type. */
export interface ObjectPermissions {
  /** For all objects, also those that will be made. */
  readonly wildcard: readonly string[]
  /** For one data source, or one destination. None: all or nothing. */
  readonly perObject: readonly string[]
}

/** The permissions by type (reference §1.6); those of single destinations are as the example of setting them has them [I]. */
export const accessTypes: Readonly<Record<ObjectType, ObjectPermissions>> = {
  SEGMENT: {
    wildcard: [
      'VIEW_ALL_SEGMENTS',
      'EDIT_ALL_SEGMENTS',
      'CREATE_ALL_SEGMENTS',
      'DELETE_ALL_SEGMENTS',
      'MAP_ALL_SEGMENTS_TO_MODELS',
      'MAP_ALL_TO_DESTINATIONS',
    ],
    perObject: ['READ', 'WRITE', 'CREATE', 'DELETE', 'MAP_TO_MODELS', 'MAP_TO_DESTINATION'],
  },
  TRAIT: {
    wildcard: [
      'VIEW_ALL_TRAITS',
      'EDIT_ALL_TRAITS',
      'CREATE_ALL_TRAITS',
      'CREATE_ALL_ALGO_TRAITS',
      'DELETE_ALL_TRAITS',
      'MAP_ALL_TRAITS_TO_MODELS',
      'MAP_ALL_TO_SEGMENTS',
    ],
    perObject: ['READ', 'WRITE', 'CREATE', 'DELETE', 'MAP_TO_MODELS', 'MAP_TO_SEGMENTS'],
  },
  DESTINATION: {
    wildcard: [
      'VIEW_ALL_DESTINATIONS',
      'EDIT_ALL_DESTINATIONS',
      'CREATE_DESTINATIONS',
      'DELETE_ALL_DESTINATIONS',
    ],
    perObject: ['READ', 'WRITE', 'CREATE', 'DELETE'],
  },
  DERIVED_SIGNALS: {
    wildcard: [
      'VIEW_DERIVED_SIGNALS',
      'EDIT_DERIVED_SIGNALS',
      'CREATE_DERIVED_SIGNALS',
      'DELETE_DERIVED_SIGNALS',
    ],
    perObject: [],
  },
  TAGS: { wildcard: ['VIEW_TAGS'], perObject: [] },
}

/** Wild cards of what the sandbox has no objects of. */
const otherWildcards = ['VIEW_MODELS', 'MANAGE_SEGMENT_TEST_GROUPS', 'VIEW_ALL_SIGNALS']

export const allWildcards: ReadonlySet<string> = new Set([
  ...Object.values(accessTypes).flatMap(({ wildcard }) => wildcard),
  ...otherWildcards,
])

export function isObjectType(name: unknown): name is ObjectType {
  return typeof name === 'string' && Object.hasOwn(accessTypes, name)
}

/** The wild card that stands for a permission on every object of a type. */
export function wildcardFor(type: ObjectType, permission: string): string | undefined {
  return wildcards.get(`${type} ${permission}`)
}

const wildcards: ReadonlyMap<string, string> = new Map([
  ['SEGMENT READ', 'VIEW_ALL_SEGMENTS'],
  ['SEGMENT WRITE', 'EDIT_ALL_SEGMENTS'],
  ['SEGMENT CREATE', 'CREATE_ALL_SEGMENTS'],
  ['SEGMENT DELETE', 'DELETE_ALL_SEGMENTS'],
  ['SEGMENT MAP_TO_MODELS', 'MAP_ALL_SEGMENTS_TO_MODELS'],
  ['SEGMENT MAP_TO_DESTINATION', 'MAP_ALL_TO_DESTINATIONS'],
  ['TRAIT READ', 'VIEW_ALL_TRAITS'],
  ['TRAIT WRITE', 'EDIT_ALL_TRAITS'],
  ['TRAIT CREATE', 'CREATE_ALL_TRAITS'],
  ['TRAIT DELETE', 'DELETE_ALL_TRAITS'],
  ['TRAIT MAP_TO_MODELS', 'MAP_ALL_TRAITS_TO_MODELS'],
  ['TRAIT MAP_TO_SEGMENTS', 'MAP_ALL_TO_SEGMENTS'],
  ['DESTINATION READ', 'VIEW_ALL_DESTINATIONS'],
  ['DESTINATION WRITE', 'EDIT_ALL_DESTINATIONS'],
  ['DESTINATION CREATE', 'CREATE_DESTINATIONS'],
  ['DESTINATION DELETE', 'DELETE_ALL_DESTINATIONS'],
])
