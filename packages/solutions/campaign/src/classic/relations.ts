import { batches, halves, refusal, retryRow } from '@segue/solution-kit'
import type { Receipt, Refusal } from '@segue/solution-kit'
import { done, pauseOf } from '../receipts.ts'
import type { Group } from './groups.ts'
import { executeQuery } from './query.ts'
import type { CallSoap, SoapCall } from './soap-client.ts'
import type { XmlContent } from './soap-envelope.ts'

/** Somebody whose membership changes: a recipient by id, or one to be created from key attributes. */
export type Person = {
  /** Names the person among those of one delivery. */
  readonly key: string
} & (
  | { readonly id: string }
  /** Attribute and value, the first one being the key. */
  | { readonly create: readonly (readonly [attribute: string, value: string])[] }
)

export interface Relations {
  /** Puts people into a group. Each has a receipt in the answer. */
  readonly add: (group: Group, people: readonly Person[]) => Promise<Map<string, Receipt>>
  /** Takes people out of a group. Each has a receipt in the answer. */
  readonly remove: (group: Group, people: readonly Person[]) => Promise<Map<string, Receipt>>
}

/** Ids in one query; databases stop at 1,000 in an IN. */
const maxIds = 500
/** Calls that one change may spend on finding culprits: two of them among a thousand rows take forty. */
const mostExtraCalls = 40

const partOfBadBatch = refusal(
  'BATCH_REFUSED',
  retryRow(5_000, false),
  'Campaign refused a collection, and who caused it was not found: sent again in other company',
)

type Held =
  | { readonly kind: 'held'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Makes the functions that write the relation of recipients and groups (`nms:rcpGrpRel`, `reference/solutions.md` §4.2).
 * A fault fails the whole collection and does not say for whom: the collection is halved until the culprit is alone.
 */
export function relationsOf(options: {
  readonly call: CallSoap
  readonly recipientsPerWrite: number
  readonly recipientFolder: string | undefined
}): Relations {
  const { call } = options

  async function add(group: Group, people: readonly Person[]): Promise<Map<string, Receipt>> {
    return write(people, {
      collection: (some) => addition(group, some, options.recipientFolder),
      inGroup: true,
      group,
    })
  }

  async function remove(group: Group, people: readonly Person[]): Promise<Map<string, Receipt>> {
    const receipts = new Map<string, Receipt>()
    const inside: Person[] = []
    for (const some of batches(people, limit(maxIds))) {
      const held = await membersAmong(
        group,
        some.flatMap((person) => ('id' in person ? [person.id] : [])),
      )
      for (const person of some) {
        if (held.kind === 'refused') receipts.set(person.key, held.refusal)
        else if ('id' in person && held.ids.has(person.id)) inside.push(person)
        // Not a member: nothing to take away, and nothing to write.
        else receipts.set(person.key, done)
      }
    }
    const written = await write(inside, {
      collection: (some) => removal(group, some),
      inGroup: false,
      group,
    })
    return new Map([...receipts, ...written])
  }

  /** Which of these recipients are in the group. */
  async function membersAmong(group: Group, ids: readonly string[]): Promise<Held> {
    const outcome = await executeQuery(call, {
      schema: 'nms:rcpGrpRel',
      select: ['[@group-id]', '[@recipient-id]'],
      where: [`[@group-id] = ${group.id}`, `[@recipient-id] IN (${ids.join(', ')})`],
      lineCount: maxIds + 1,
    })
    if (outcome.kind !== 'lines') return { kind: 'refused', refusal: outcome.refusal }
    const members = outcome.lines.map((line) => line['recipient-id'] ?? '')
    return { kind: 'held', ids: new Set(members) }
  }

  async function write(
    people: readonly Person[],
    how: {
      readonly collection: (some: readonly Person[]) => SoapCall
      /** Where people are to be afterwards. */
      readonly inGroup: boolean
      readonly group: Group
    },
  ): Promise<Map<string, Receipt>> {
    const receipts = new Map<string, Receipt>()
    let extraCalls = 0
    let stopped: Refusal | undefined
    for (const some of batches(people, limit(options.recipientsPerWrite))) await send(some)
    return receipts

    async function send(some: readonly Person[]): Promise<void> {
      if (stopped !== undefined) return settle(some, stopped)
      const outcome = await call(how.collection(some))
      if (outcome.kind === 'answer') return settle(some, done)
      stopped = pauseOf(outcome.refusal)
      if (outcome.kind === 'refused' || !outcome.entry.divisible)
        return settle(some, outcome.refusal)
      const parts = halves(some)
      if (parts === undefined) {
        const [person] = some
        const ask = outcome.entry.class.kind === 'exists' && person !== undefined
        return settle(some, (ask ? await asWanted(person) : undefined) ?? outcome.refusal)
      }
      // Never told as the fault of all of them: most are sound.
      if (extraCalls + 2 > mostExtraCalls) return settle(some, partOfBadBatch)
      extraCalls += 2
      await send(parts[0])
      await send(parts[1])
    }

    /** Where somebody may be as wanted already: done, or why that cannot be told; undefined where they are not. */
    async function asWanted(person: Person): Promise<Receipt | undefined> {
      if (!('id' in person)) return undefined
      const held = await membersAmong(how.group, [person.id])
      if (held.kind === 'refused') return held.refusal
      return held.ids.has(person.id) === how.inGroup ? done : undefined
    }

    function settle(some: readonly Person[], receipt: Receipt): void {
      for (const person of some) receipts.set(person.key, receipt)
    }
  }

  return { add, remove }
}

function limit(maxCount: number) {
  return { maxCount, maxBytes: Infinity, bytesOf: () => 0 }
}

/**
 * Recipients with their relation to the group, the documented shape of an addition. `none` on recipient and group: neither is made or
 * changed by it, only the relation is.
 */
export function addition(
  group: Group,
  people: readonly Person[],
  recipientFolder: string | undefined,
): SoapCall {
  const rcpGrpRel: XmlContent = {
    '@_key': '[rcpGroup/@name]',
    rcpGroup: { '@name': group.name, '@_operation': 'none' },
  }
  const recipient = people.map((person): XmlContent => {
    if ('id' in person) {
      return { '@_key': '@id', '@_operation': 'none', '@id': person.id, rcpGrpRel }
    }
    const attributes: Record<string, XmlContent> = {
      '@_key': `@${person.create[0]?.[0] ?? ''}`,
      '@_operation': 'insertOrUpdate',
    }
    for (const [attribute, value] of person.create) attributes[`@${attribute}`] ??= value
    if (recipientFolder !== undefined) {
      attributes['folder'] = { '@name': recipientFolder, '@_operation': 'none' }
    }
    return { ...attributes, rcpGrpRel }
  })
  return collection({ 'recipient-collection': { '@xtkschema': 'nms:recipient', recipient } })
}

/** Relations to delete, each with nothing but the fields of its key, as a deletion asks [I: the key of this schema]. */
export function removal(group: Group, people: readonly Person[]): SoapCall {
  const rcpGrpRel = people.flatMap((person): XmlContent[] => {
    if (!('id' in person)) return []
    return [
      {
        '@_operation': 'delete',
        '@_key': '[@group-id],[@recipient-id]',
        '@group-id': group.id,
        '@recipient-id': person.id,
      },
    ]
  })
  return collection({ 'rcpGrpRel-collection': { '@xtkschema': 'nms:rcpGrpRel', rcpGrpRel } })
}

function collection(domDoc: XmlContent): SoapCall {
  return {
    schema: 'xtk:persist',
    method: 'WriteCollection',
    parameters: { __sessiontoken: '', domDoc },
  }
}
