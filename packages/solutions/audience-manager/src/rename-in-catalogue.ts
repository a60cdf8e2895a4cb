import {
  failed,
  misconfigured,
  refusal,
  remoteSegmentId,
  retryRow,
  segmentGone,
} from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { findByCode, findTrait } from './catalogue-calls.ts'
import type { CatalogueKind } from './catalogue-calls.ts'
import type { CatalogueItem } from './catalogue-item.ts'
import { catalogueNames } from './catalogue-name.ts'
import { catalogueObjects } from './catalogue-objects.ts'
import type { Folders } from './folders.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { CallRest } from './rest-client.ts'
import { isTraitSid } from './trait-sid.ts'

/**
 * Gives a segment's trait and Audience Manager segment a new name (`reference/solutions.md` §1.4), by the same rule as at their making: a taken name (409)
 * gets the segment's id behind it. Whether a PUT changes fields or replaces the whole is not documented: all that was read is sent back.
 */
export async function renameInCatalogue(
  call: CallRest,
  findOwner: KnownDataSources['existingTraitOwner'],
  folders: Folders,
  segment: Segment,
  remoteId: string,
  displayName: string,
): Promise<SegmentReceipt> {
  if (!isTraitSid(remoteId)) return remoteIdInvalid
  const owner = await findOwner()
  if (owner.kind === 'refused') return owner.refusal
  const id = remoteSegmentId(segment)
  const names = catalogueNames(displayName, id)
  const trait = await findTrait(call, remoteId)
  if (trait.kind === 'refused') return trait.refusal
  const made = await findByCode(call, 'segments', id, owner.dataSourceId)
  if (made.kind === 'refused') return made.refusal
  // A missing one of the two is made again by `ensureSegment`, under the new name.
  if (trait.kind === 'none' || made.kind === 'none') return gone
  const renamed = await rename(call, 'traits', trait.item, names)
  if (isRefusal(renamed)) return renamed
  const alsoRenamed = await rename(call, 'segments', made.item, names)
  if (isRefusal(alsoRenamed)) return alsoRenamed
  const both = { trait: renamed, segment: alsoRenamed }
  return { status: 'ready', remoteId, objects: await catalogueObjects(folders, id, owner, both) }
}

/** @returns the item under the name that it has now */
async function rename(
  call: CallRest,
  what: CatalogueKind,
  item: CatalogueItem,
  names: readonly string[],
): Promise<CatalogueItem | Refusal> {
  for (const name of names) {
    if (item.name === name) return item
    const outcome = await call({
      method: 'PUT',
      path: `${what}/${item.sid}`,
      json: { ...writable(item), name },
    })
    if (outcome.kind === 'answer') return { ...item, name }
    if (outcome.status === 404) return gone
    if (outcome.status !== 409) return outcome.refusal
  }
  return nameTaken
}

function isRefusal(outcome: CatalogueItem | Refusal): outcome is Refusal {
  return !('sid' in outcome)
}

/** Without what Audience Manager itself writes. */
export function writable(item: CatalogueItem): object {
  const fields = Object.entries(item).filter(([name]) => !written.has(name))
  return Object.fromEntries(fields)
}

const written = new Set('sid pid crUID upUID createTime updateTime status'.split(' '))

export const remoteIdInvalid: Refusal = refusal(
  'REMOTE_ID_INVALID',
  failed,
  'the remote id is no trait’s number',
)
/** The engine asks `ensureSegment` again. */
export const gone: Refusal = refusal(
  segmentGone,
  retryRow(1_000, false),
  'the trait or its segment is gone',
)

/** Both names of a segment belong to other traits or segments. */
export const nameTaken: Refusal = refusal(
  'NAME_TAKEN',
  misconfigured('traitFolder'),
  'both names of the segment are taken by other traits or segments',
)
