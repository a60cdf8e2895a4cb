/** A folder or a program: where an asset lives. */
export interface Folder {
  readonly id: number
  readonly type: string
}

/** A static list. */
export interface StaticList {
  readonly id: number
  name: string
  description: string | undefined
  readonly folder: Folder
  readonly createdAtMs: number
  updatedAtMs: number
  readonly members: Set<number>
}

/** The static lists, unique by name. */
export interface StaticLists {
  readonly byId: (id: number) => StaticList | undefined
  readonly byName: (name: string) => StaticList | undefined
  readonly all: () => readonly StaticList[]
  readonly create: (
    list: { name: string; description: string | undefined; folder: Folder },
    nowMs: number,
  ) => StaticList
  readonly rename: (list: StaticList, name: string) => void
  readonly remove: (list: StaticList) => void
  /** False where the lead is a member already. */
  readonly add: (list: StaticList, leadId: number) => boolean
  /** False where the lead was no member. */
  readonly drop: (list: StaticList, leadId: number) => boolean
  /** Members with ids greater than `afterId`, ascending, at most `count`. */
  readonly page: (list: StaticList, afterId: number, count: number) => readonly number[]
  readonly load: (lists: readonly StaticList[], nextId: number) => void
  readonly nextId: () => number
}

/** The first id of the samples in Marketo's documentation. */
const firstListId = 1021

export function createStaticLists(): StaticLists {
  const lists = new Map<number, StaticList>()
  const names = new Map<string, StaticList>()
  /** Members in order, until the list changes: a reader who turns pages sorts once. */
  const ordered = new Map<number, number[]>()
  let nextId = firstListId

  return {
    byId: (id) => lists.get(id),
    byName: (name) => names.get(name),
    all: () => [...lists.values()],
    create: ({ name, description, folder }, nowMs) => {
      const list: StaticList = {
        id: nextId,
        name,
        description,
        folder,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        members: new Set(),
      }
      nextId += 1
      lists.set(list.id, list)
      names.set(name, list)
      return list
    },
    rename: (list, name) => {
      names.delete(list.name)
      list.name = name
      names.set(name, list)
    },
    remove: (list) => {
      lists.delete(list.id)
      names.delete(list.name)
      ordered.delete(list.id)
    },
    add: (list, leadId) => {
      if (list.members.has(leadId)) return false
      list.members.add(leadId)
      ordered.delete(list.id)
      return true
    },
    drop: (list, leadId) => {
      if (!list.members.delete(leadId)) return false
      ordered.delete(list.id)
      return true
    },
    page: (list, afterId, count) => {
      let ids = ordered.get(list.id)
      if (ids === undefined) {
        ids = [...list.members].toSorted((a, b) => a - b)
        ordered.set(list.id, ids)
      }
      const from = firstAfter(ids, afterId)
      return ids.slice(from, from + count)
    },
    load: (kept, next) => {
      lists.clear()
      names.clear()
      ordered.clear()
      for (const list of kept) {
        lists.set(list.id, list)
        names.set(list.name, list)
      }
      nextId = next
    },
    nextId: () => nextId,
  }
}

/** Index of the first id greater than `id`. */
function firstAfter(ids: readonly number[], id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? Number.POSITIVE_INFINITY) > id) high = middle
    else low = middle + 1
  }
  return low
}
