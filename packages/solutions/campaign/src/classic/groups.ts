import {
  misconfigured,
  notInDoubt,
  refusal,
  remoteObjects,
  remoteSegmentId,
} from '@segue/solution-kit'
import type { Refusal, RemovalReceipt, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { counterpartLabel, counterpartName, isOwn, nameTaken } from '../counterpart.ts'
import { answerUnreadable, counterpartGone } from '../receipts.ts'
import { executeQuery, literal } from './query.ts'
import type { CallSoap } from './soap-client.ts'
import type { XmlContent } from './soap-envelope.ts'
import type { SoapOutcome } from './soap-outcome.ts'

/** A group as it is now. */
export interface Group {
  readonly id: string
  readonly name: string
  readonly desc?: string | undefined
  readonly label?: string | undefined
  /** Internal name. */
  readonly folder?: string | undefined
}

export type FoundGroup =
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The groups that stand for segments, by their internal names. */
export interface Groups {
  readonly find: (name: string) => Promise<FoundGroup>
  readonly ensure: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  readonly rename: (segment: Segment, name: string, displayName: string) => Promise<SegmentReceipt>
  readonly remove: (segment: Segment, name: string) => Promise<RemovalReceipt>
}

const folderUnknown = refusal(
  'FOLDER_UNKNOWN',
  misconfigured('groupFolder'),
  'Campaign has no folder of this internal name, or the operator may not see it',
)

/**
 * Finds, makes, renames and removes groups (`nms:group`, `reference/solutions.md` §4.2). Group names are unique in an instance, so two processes
 * that make one at a time end with one.
 */
export function groupsOf(options: {
  readonly call: CallSoap
  readonly namePrefix: string
  readonly folder: string
}): Groups {
  const { call } = options

  async function find(name: string): Promise<FoundGroup> {
    const outcome = await executeQuery(call, {
      schema: 'nms:group',
      select: ['@id', '@name', '@desc', '@label', { path: '[folder/@name]', as: '@folderName' }],
      where: [`@name = ${literal(name)}`],
      lineCount: 2,
    })
    if (outcome.kind !== 'lines') return { kind: 'refused', refusal: outcome.refusal }
    const line = outcome.lines.find((one) => one['name'] === name)
    if (line === undefined) return { kind: 'none' }
    const id = line['id'] ?? ''
    if (!/^\d{1,19}$/.test(id)) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
    const { desc, label, folderName: folder } = line
    return { kind: 'group', group: { id, name, desc, label, folder } }
  }

  function write(attributes: Readonly<Record<string, XmlContent>>): Promise<SoapOutcome> {
    return call({
      schema: 'xtk:persist',
      method: 'Write',
      parameters: {
        __sessiontoken: '',
        domDoc: { group: { '@xtkschema': 'nms:group', '@_key': '@name', ...attributes } },
      },
    })
  }

  async function ensure(segment: Segment, displayName: string): Promise<SegmentReceipt> {
    const name = counterpartName(options.namePrefix, segment)
    const found = await find(name)
    if (found.kind !== 'none') return ready(found, segment, name)
    const label = counterpartLabel(displayName, segment)
    const outcome = await write({
      '@_operation': 'insertOrUpdate',
      '@name': name,
      '@label': label,
      '@desc': remoteSegmentId(segment),
      folder: { '@name': options.folder, '@_operation': 'none' },
    })
    if (outcome.kind === 'answer') return readyGroup({ name, label, folder: options.folder })
    if (outcome.kind === 'refused') return outcome.refusal
    // Another process may have made it since we looked, or there is no such folder: faults do not say.
    const again = await find(name)
    if (again.kind === 'group') return ready(again, segment, name)
    return (await folderIsMissing()) ? folderUnknown : outcome.refusal
  }

  async function folderIsMissing(): Promise<boolean> {
    const outcome = await executeQuery(call, {
      schema: 'xtk:folder',
      select: ['@id', '@name'],
      where: [`@name = ${literal(options.folder)}`],
      lineCount: 1,
    })
    return outcome.kind === 'lines' && outcome.lines.length === 0
  }

  async function rename(
    segment: Segment,
    name: string,
    displayName: string,
  ): Promise<SegmentReceipt> {
    // An update does nothing where there is no such group, and says so to nobody.
    const found = await find(name)
    if (found.kind === 'none') return counterpartGone
    const own = ready(found, segment, name)
    if (own.status !== 'ready' || found.kind !== 'group') return own
    const label = counterpartLabel(displayName, segment)
    const outcome = await write({ '@_operation': 'update', '@name': name, '@label': label })
    return outcome.kind === 'answer' ? readyGroup({ ...found.group, label }) : outcome.refusal
  }

  async function remove(segment: Segment, name: string): Promise<RemovalReceipt> {
    const found = await find(name)
    if (found.kind === 'none') return { status: 'removed' }
    const own = ready(found, segment, name)
    if (own.status !== 'ready') return own
    // A deletion may hold nothing but the fields of its key.
    const outcome = await write({ '@_operation': 'delete', '@name': name })
    if (outcome.kind === 'answer') return { status: 'removed' }
    const again = outcome.kind === 'fault' ? await find(name) : undefined
    return again?.kind === 'none' ? { status: 'removed' } : outcome.refusal
  }

  return { find, ensure, rename, remove }
}

function ready(
  found: Exclude<FoundGroup, { kind: 'none' }>,
  segment: Segment,
  name: string,
): SegmentReceipt {
  if (found.kind === 'refused') return found.refusal
  return isOwn(found.group.desc, segment) ? readyGroup({ ...found.group, name }) : nameTaken
}

/** What stands for a segment in Campaign Classic: its group, by label and internal name, in its folder. */
function readyGroup({ name, label, folder }: Omit<Group, 'id'>): SegmentReceipt {
  const objects = remoteObjects([{ kind: 'group', name: label ?? name, id: name, in: { folder } }])
  return { status: 'ready', remoteId: name, objects }
}
