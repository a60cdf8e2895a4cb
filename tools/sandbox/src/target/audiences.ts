/** An audience as the Admin API knows it (reference §5.3). */
export interface Audience {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly workspace: string
  readonly type: string
  /** Exactly one of the two is there. */
  readonly targetRule?: unknown
  readonly audienceRule?: unknown
  readonly modifiedMs: number
}

/** What a caller may say of one; checked before it comes here. */
export type AudienceFields = Omit<Audience, 'id' | 'modifiedMs'>

/** The audiences of an account that are not deleted. */
export interface Audiences {
  readonly all: () => readonly Audience[]
  readonly byId: (id: number) => Audience | undefined
  readonly byName: (name: string, workspace: string) => Audience | undefined
  readonly create: (fields: AudienceFields, nowMs: number) => Audience
  readonly replace: (id: number, fields: AudienceFields, nowMs: number) => Audience
  readonly remove: (id: number) => void
  /** Whether an activity uses it, so that it cannot be deleted. */
  readonly isUsed: (id: number) => boolean
  readonly setUsed: (id: number, used: boolean) => void
  readonly snapshot: () => KeptAudiences
  readonly restore: (kept: KeptAudiences) => void
}

export interface KeptAudiences {
  readonly nextId: number
  readonly audiences: readonly Audience[]
  readonly used: readonly number[]
}

const firstId = 1_537_195

export function createAudiences(): Audiences {
  const audiences = new Map<number, Audience>()
  const used = new Set<number>()
  let nextId = firstId
  const put = (audience: Audience): Audience => {
    audiences.set(audience.id, audience)
    return audience
  }
  return {
    all: () => [...audiences.values()],
    byId: (id) => audiences.get(id),
    byName: (name, workspace) =>
      [...audiences.values()].find((one) => one.name === name && one.workspace === workspace),
    create: (fields, nowMs) => {
      nextId += 1
      return put({ ...fields, id: nextId - 1, modifiedMs: nowMs })
    },
    replace: (id, fields, nowMs) => put({ ...fields, id, modifiedMs: nowMs }),
    remove: (id) => {
      audiences.delete(id)
    },
    isUsed: (id) => used.has(id),
    setUsed: (id, isUsed) => {
      if (isUsed) used.add(id)
      else used.delete(id)
    },
    snapshot: () => ({ nextId, audiences: [...audiences.values()], used: [...used] }),
    restore: (kept) => {
      nextId = kept.nextId
      for (const audience of kept.audiences) put(audience)
      for (const id of kept.used) used.add(id)
    },
  }
}
