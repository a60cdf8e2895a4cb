import type { Document, Kind } from './documents.ts'
import type { StoredWrite } from './store.ts'

/** All documents of the organisation as they were at one moment. */
export interface Configuration {
  /** Grows by one with each change. */
  readonly version: number
  readonly get: <K extends Kind>(kind: K, id: string) => Document<K> | undefined
  /** In the order of their making, oldest first. */
  readonly all: <K extends Kind>(kind: K) => readonly Document<K>[]
  /** Of what it is made. */
  readonly documents: Documents
}

/** Documents by kind and id: what a configuration is made of. */
export type Documents = { readonly [K in Kind]?: ReadonlyMap<string, Document<K>> }

export function configurationOf(version: number, documents: Documents): Configuration {
  const of = <K extends Kind>(kind: K): ReadonlyMap<string, Document<K>> =>
    documents[kind] ?? new Map()
  return {
    version,
    documents,
    get: (kind, id) => of(kind).get(id),
    all: (kind) =>
      [...of(kind).values()].toSorted(
        (one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1),
      ),
  }
}

/** The configuration as it is after these writes; `version` stays that by which they were decided. */
export function configurationAfter(
  configuration: Configuration,
  writes: readonly StoredWrite[],
): Configuration {
  const documents: Record<string, Map<string, Document<Kind>>> = {}
  const before = Object.entries<ReadonlyMap<string, Document<Kind>>>(configuration.documents)
  for (const [kind, ofKind] of before) documents[kind] = new Map(ofKind)
  for (const { kind, id, document } of writes) {
    const ofKind = (documents[kind] ??= new Map<string, Document<Kind>>())
    if (document === undefined) ofKind.delete(id)
    else ofKind.set(id, document)
  }
  return configurationOf(configuration.version, documents)
}
