/** Where Audience Manager sends segments on, in the field names of the REST API. */
export interface Destination {
  readonly destinationId: number
  readonly pid: number
  readonly name: string
  readonly description: string
  /** URL or cookie: the REST API makes no others (reference §1.4). */
  readonly destinationType: (typeof destinationTypes)[number]
  readonly status: 'active'
  /** What the data may be used for there (reference §1.7); the field's name is not documented [I]. */
  readonly dataExportLabels: readonly string[]
  readonly createTime: number
  readonly updateTime: number
}

export const destinationTypes = ['PUSH', 'ADS'] as const

/** A segment that a destination has. */
export interface Mapping {
  readonly mappingId: number
  readonly destinationId: number
  readonly sid: number
  readonly traitType: 'SEGMENT'
  readonly startDate: string
  readonly url: string | null
  readonly traitAlias: string | null
  readonly valueAlias: string | null
  readonly elementStatus: 'active'
  readonly createTime: number
  readonly updateTime: number
}

export interface Destinations {
  readonly byId: (destinationId: number) => Destination | undefined
  readonly all: () => readonly Destination[]
  readonly put: (destination: Destination) => void
  /** With its mappings. */
  readonly remove: (destinationId: number) => void
  readonly newId: () => number
  readonly mappingsOf: (destinationId: number) => readonly Mapping[]
  readonly mappingsOfSegment: (sid: number) => readonly Mapping[]
  readonly mappingCount: () => number
  readonly putMapping: (mapping: Mapping) => void
  readonly removeMapping: (mappingId: number) => void
  readonly newMappingId: () => number
  readonly snapshot: () => DestinationsState
  readonly restore: (state: DestinationsState) => void
}

export interface DestinationsState {
  readonly destinations: readonly Destination[]
  readonly mappings: readonly Mapping[]
}

/** The ids of the documented examples. */
const firstId = 4_033
const firstMappingId = 65_334

export function createDestinations(): Destinations {
  const destinations = new Map<number, Destination>()
  const mappings = new Map<number, Mapping>()
  let nextId = firstId
  let nextMappingId = firstMappingId
  const put = (destination: Destination): void => {
    destinations.set(destination.destinationId, destination)
    nextId = Math.max(nextId, destination.destinationId + 1)
  }
  const putMapping = (mapping: Mapping): void => {
    mappings.set(mapping.mappingId, mapping)
    nextMappingId = Math.max(nextMappingId, mapping.mappingId + 1)
  }
  const mappingsOf = (destinationId: number): readonly Mapping[] =>
    [...mappings.values()].filter((mapping) => mapping.destinationId === destinationId)
  return {
    byId: (destinationId) => destinations.get(destinationId),
    all: () => [...destinations.values()],
    put,
    remove: (destinationId) => {
      destinations.delete(destinationId)
      for (const { mappingId } of mappingsOf(destinationId)) mappings.delete(mappingId)
    },
    newId: () => nextId,
    mappingsOf,
    mappingsOfSegment: (sid) => [...mappings.values()].filter((mapping) => mapping.sid === sid),
    mappingCount: () => mappings.size,
    putMapping,
    removeMapping: (mappingId) => void mappings.delete(mappingId),
    newMappingId: () => nextMappingId,
    snapshot: () => ({
      destinations: [...destinations.values()],
      mappings: [...mappings.values()],
    }),
    restore: (state) => {
      for (const destination of state.destinations) put(destination)
      for (const mapping of state.mappings) putMapping(mapping)
    },
  }
}
