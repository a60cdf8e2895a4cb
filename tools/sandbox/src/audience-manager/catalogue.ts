import { createDataSources, type DataSource, type DataSources } from './data-sources.ts'
import { createFolders, type Folders, type FoldersState } from './folders.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { type Signal, signalsOfRule } from './trait-rule.ts'

export type TraitType = 'ON_BOARDED_TRAIT' | 'RULE_BASED_TRAIT' | 'ALGO_TRAIT'

export const traitTypes: readonly TraitType[] = [
  'ON_BOARDED_TRAIT',
  'RULE_BASED_TRAIT',
  'ALGO_TRAIT',
]

/** A trait, in the field names of the REST API. */
export interface Trait {
  readonly sid: number
  readonly pid: number
  name: string
  description: string
  comments: string
  readonly traitType: TraitType
  dataSourceId: number
  folderId: number
  traitRule: string
  /** Days; 0 is for ever. */
  ttl: number
  integrationCode: string
  readonly createTime: number
  updateTime: number
}

export interface Segment {
  readonly sid: number
  readonly pid: number
  name: string
  description: string
  dataSourceId: number
  mergeRuleDataSourceId: number
  folderId: number
  segmentRule: string
  integrationCode: string
  readonly status: 'ACTIVE'
  readonly createTime: number
  updateTime: number
}

/** Everything that the REST API keeps: data sources, folders, traits, segments. */
export interface Catalogue {
  readonly dataSources: DataSources
  readonly traitFolders: Folders
  readonly segmentFolders: Folders
  readonly traits: ReadonlyMap<number, Trait>
  readonly segments: ReadonlyMap<number, Segment>
  readonly putTrait: (trait: Trait) => void
  readonly removeTrait: (sid: number) => void
  readonly putSegment: (segment: Segment) => void
  readonly removeSegment: (sid: number) => void
  /** Segments that a destination has: made on the Destinations page, which is not here (reference §1.4). */
  readonly mapped: Set<number>
  /** Traits and segments share their numbers. */
  readonly newSid: () => number
  readonly traitsWithCode: (integrationCode: string) => readonly Trait[]
  readonly traitsNamed: (name: string) => readonly Trait[]
  readonly segmentsNamed: (name: string) => readonly Segment[]
  readonly traitsOf: (dataSourceId: number) => readonly Trait[]
  /** Traits with a rule that the signal meets. */
  readonly traitsFor: (signal: Signal) => readonly Trait[]
  readonly snapshot: () => CatalogueState
  readonly restore: (state: CatalogueState) => void
}

export interface CatalogueState {
  readonly nextSid: number
  readonly dataSources: readonly DataSource[]
  readonly traitFolders: FoldersState
  readonly segmentFolders: FoldersState
  readonly traits: readonly Trait[]
  readonly segments: readonly Segment[]
  /** Left out by sandboxes of before there were mappings. */
  readonly mapped?: readonly number[]
}

/** The sid of the reference's examples. */
const firstSid = 289_983

export function createCatalogue(settings: AudienceManagerSettings): Catalogue {
  const dataSources = createDataSources(settings)
  const traitFolders = createFolders('Experience Platform Traits', settings)
  const segmentFolders = createFolders('Experience Platform Segments', settings)
  const traits = new Map<number, Trait>()
  const segments = new Map<number, Segment>()
  const mapped = new Set<number>()
  const byCode = createIndex<Trait>((trait) => [trait.integrationCode])
  const byName = createIndex<Trait>((trait) => [trait.name])
  const byOwner = createIndex<Trait>((trait) => [String(trait.dataSourceId)])
  const bySignal = createIndex<Trait>((trait) => (signalsOfRule(trait.traitRule) ?? []).map(keyOf))
  const segmentsByName = createIndex<Segment>((segment) => [segment.name])
  const traitIndexes = [byCode, byName, byOwner, bySignal]
  let nextSid = firstSid

  const putTrait = (trait: Trait): void => {
    const old = traits.get(trait.sid)
    for (const index of traitIndexes) {
      if (old !== undefined) index.remove(old)
      index.add(trait)
    }
    traits.set(trait.sid, trait)
  }
  const putSegment = (segment: Segment): void => {
    const old = segments.get(segment.sid)
    if (old !== undefined) segmentsByName.remove(old)
    segmentsByName.add(segment)
    segments.set(segment.sid, segment)
  }

  return {
    dataSources,
    traitFolders,
    segmentFolders,
    traits,
    segments,
    mapped,
    putTrait,
    removeTrait: (sid) => {
      const trait = traits.get(sid)
      if (trait === undefined) return
      for (const index of traitIndexes) index.remove(trait)
      traits.delete(sid)
    },
    putSegment,
    removeSegment: (sid) => {
      const segment = segments.get(sid)
      if (segment === undefined) return
      segmentsByName.remove(segment)
      segments.delete(sid)
      mapped.delete(sid)
    },
    newSid: () => {
      nextSid += 1
      return nextSid - 1
    },
    traitsWithCode: (code) => byCode.find(code),
    traitsNamed: (name) => byName.find(name),
    segmentsNamed: (name) => segmentsByName.find(name),
    traitsOf: (dataSourceId) => byOwner.find(String(dataSourceId)),
    traitsFor: (signal) => bySignal.find(keyOf(signal)),
    snapshot: () => ({
      nextSid,
      dataSources: dataSources.all(),
      traitFolders: traitFolders.snapshot(),
      segmentFolders: segmentFolders.snapshot(),
      traits: [...traits.values()],
      segments: [...segments.values()],
      mapped: [...mapped],
    }),
    restore: (state) => {
      nextSid = state.nextSid
      for (const source of state.dataSources) dataSources.put(source)
      traitFolders.restore(state.traitFolders)
      segmentFolders.restore(state.segmentFolders)
      for (const trait of state.traits) putTrait(trait)
      for (const segment of state.segments) putSegment(segment)
      for (const sid of state.mapped ?? []) mapped.add(sid)
    },
  }
}

function keyOf({ key, value }: Signal): string {
  return `${key}\n${value}`
}

interface Index<T> {
  readonly add: (item: T) => void
  readonly remove: (item: T) => void
  readonly find: (key: string) => readonly T[]
}

function createIndex<T>(keysOf: (item: T) => readonly string[]): Index<T> {
  const items = new Map<string, Set<T>>()
  return {
    add: (item) => {
      for (const key of keysOf(item)) {
        const held = items.get(key)
        if (held === undefined) items.set(key, new Set([item]))
        else held.add(item)
      }
    },
    remove: (item) => {
      for (const key of keysOf(item)) items.get(key)?.delete(item)
    },
    find: (key) => [...(items.get(key) ?? [])],
  }
}
