import { notInDoubt, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { isCounterpartName } from '../counterpart.ts'
import { identityParts } from '../identity-value.ts'
import { membershipKey, planChanges } from '../plan.ts'
import type { ResolvedRow } from '../plan.ts'
import {
  answerUnreadable,
  counterpartGone,
  done,
  pauseOf,
  personUnknown,
  remoteIdInvalid,
} from '../receipts.ts'
import type { Groups } from './groups.ts'
import type { Resolution } from './recipient-lookup.ts'
import type { Person, Relations } from './relations.ts'

/** What one delivery works with. */
export interface ClassicParts {
  readonly findRecipients: (
    identities: Iterable<Identity>,
  ) => Promise<ReadonlyMap<Identity, Resolution>>
  readonly groups: Groups
  readonly relations: Relations
  /** Attributes of a recipient by namespace. */
  readonly keys: Readonly<Record<string, string>>
  readonly createMissing: boolean
}

interface Resolved extends ResolvedRow<Person> {
  /** Why nothing can be said about the person now. */
  readonly refusal: Refusal | undefined
}

/**
 * Delivers rows: finds the recipients of their identities, asks for each group, writes the relations, and answers one receipt a
 * row, in order. A row is done when every recipient of its person is.
 */
export async function deliverRows(
  rows: readonly Delivery[],
  parts: ClassicParts,
): Promise<readonly Receipt[]> {
  const sound = rows.filter((row) => isCounterpartName(row.remoteId))
  if (sound.length === 0) return rows.map(() => remoteIdInvalid)
  const found = await parts.findRecipients(new Set(sound.flatMap((row) => row.identities)))
  const resolved = new Map(sound.map((row) => [row, resolveRow(row, found, parts)]))
  const outcomes = await send(
    [...resolved.values()].filter((one) => one.refusal === undefined),
    parts,
  )
  return rows.map((row) => {
    const one = resolved.get(row)
    return one === undefined ? remoteIdInvalid : receiptOf(one, outcomes)
  })
}

/** Writes the final states, group by group. Every person of every group has a receipt in the answer. */
async function send(
  resolved: readonly Resolved[],
  parts: ClassicParts,
): Promise<ReadonlyMap<string, Receipt>> {
  const outcomes = new Map<string, Receipt>()
  const byGroup = new Map<string, { readonly add: Person[]; readonly remove: Person[] }>()
  for (const { remoteId, status, person } of planChanges(resolved)) {
    const changes = byGroup.get(remoteId) ?? { add: [], remove: [] }
    changes[status === 'realized' ? 'add' : 'remove'].push(person)
    byGroup.set(remoteId, changes)
  }
  let paused: Refusal | undefined
  for (const [name, changes] of byGroup) {
    for (const kind of ['remove', 'add'] as const) {
      const people = changes[kind]
      if (people.length === 0) continue
      const receipts = paused === undefined ? await change(name, kind, people) : undefined
      for (const person of people) {
        const receipt = receipts?.get(person.key) ?? paused ?? answerUnreadable
        outcomes.set(membershipKey(name, person), receipt)
        paused ??= pauseOf(receipt)
      }
    }
  }
  return outcomes

  async function change(
    name: string,
    kind: 'add' | 'remove',
    people: readonly Person[],
  ): Promise<ReadonlyMap<string, Receipt>> {
    const group = await parts.groups.find(name)
    if (group.kind === 'group') return parts.relations[kind](group.group, people)
    // Nobody is in a group that is gone.
    const absent = kind === 'remove' ? done : counterpartGone
    const receipt = group.kind === 'none' ? absent : notInDoubt(group.refusal)
    return new Map(people.map((person) => [person.key, receipt]))
  }
}

function resolveRow(
  row: Delivery,
  found: ReadonlyMap<Identity, Resolution>,
  parts: ClassicParts,
): Resolved {
  const ids = new Set<string>()
  for (const identity of row.identities) {
    const resolution = found.get(identity)
    if (resolution?.kind === 'refused') return { row, people: [], refusal: resolution.refusal }
    for (const id of resolution?.ids ?? []) ids.add(id)
  }
  const people: Person[] = Array.from(ids, (id) => ({ key: id, id }))
  if (people.length === 0 && parts.createMissing && row.status === 'realized') {
    const create = row.identities.flatMap((identity): [string, string][] => {
      const { namespace, value } = identityParts(identity)
      const attribute = parts.keys[namespace]
      return attribute === undefined ? [] : [[attribute, value]]
    })
    const [first] = create
    if (first !== undefined) people.push({ key: `new:${first.join('=')}`, create })
  }
  return { row, people, refusal: undefined }
}

function receiptOf(
  { row, people, refusal }: Resolved,
  outcomes: ReadonlyMap<string, Receipt>,
): Receipt {
  if (refusal !== undefined) return refusal
  const [first, ...others] = people.map(
    (person) => outcomes.get(membershipKey(row.remoteId, person)) ?? answerUnreadable,
  )
  return first === undefined ? personUnknown : worstReceipt([first, ...others])
}
