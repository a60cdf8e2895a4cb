import type { Document, Kind } from './documents.ts'

/** All documents of the organisation as they were at one moment. */
export interface Configuration {
  /** Grows by one with each change. */
  readonly version: number
  readonly get: <K extends Kind>(kind: K, id: string) => Document<K> | undefined
  /** In the order of their making, oldest first. */
  readonly all: <K extends Kind>(kind: K) => readonly Document<K>[]
}

/** Documents by kind and id: what a configuration is made of. */
export type Documents = { readonly [K in Kind]?: ReadonlyMap<string, Document<K>> }

export function configurationOf(version: number, documents: Documents): Configuration {
  const of = <K extends Kind>(kind: K): ReadonlyMap<string, Document<K>> =>
    (documents[kind] as ReadonlyMap<string, Document<K>> | undefined) ?? new Map()
  return {
    version,
    get: (kind, id) => of(kind).get(id),
    all: (kind) =>
      [...of(kind).values()].toSorted(
        (one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1),
      ),
  }
}
