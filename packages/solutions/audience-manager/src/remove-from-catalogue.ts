import { failed, refusal, remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, RemovalReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { findByCode, findTrait } from './catalogue-calls.ts'
import type { CatalogueKind } from './catalogue-calls.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { LabelsOfTraits } from './label-in-catalogue.ts'
import type { CallRest } from './rest-client.ts'
import { remoteIdInvalid } from './rename-in-catalogue.ts'
import { isTraitSid } from './trait-sid.ts'

/**
 * Deletes a segment's Audience Manager segment, then its trait, and with it everybody's membership (`reference/solutions.md` §1.4). What is not there
 * counts as removed. A trait of that number that carries another integration code is not this segment's, and is left alone.
 */
export async function removeFromCatalogue(
  call: CallRest,
  findOwner: KnownDataSources['traitOwner'],
  labels: Pick<LabelsOfTraits, 'withdraw'>,
  segment: Segment,
  remoteId: string,
): Promise<RemovalReceipt> {
  if (!isTraitSid(remoteId)) return remoteIdInvalid
  const owner = await findOwner()
  if (owner.kind === 'refused') return owner.refusal
  const id = remoteSegmentId(segment)
  const trait = await findTrait(call, remoteId)
  if (trait.kind === 'refused') return trait.refusal
  if (trait.kind === 'item' && trait.item.integrationCode !== id) return foreign
  const made = await findByCode(call, 'segments', id, owner.dataSourceId)
  if (made.kind === 'refused') return made.refusal
  const refused =
    (made.kind === 'item' ? await remove(call, 'segments', made.item.sid, mapped) : undefined) ??
    (trait.kind === 'item' ? await remove(call, 'traits', trait.item.sid, used) : undefined)
  if (refused !== undefined) return refused
  // Only now: while the trait is there, its labels hold.
  const lifted =
    trait.kind === 'item' ? await labels.withdraw(owner.dataSourceId, trait.item) : undefined
  return lifted === undefined ? { status: 'removed' } : { status: 'removed', remains }
}

async function remove(
  call: CallRest,
  what: CatalogueKind,
  sid: number,
  conflict: Refusal,
): Promise<Refusal | undefined> {
  const outcome = await call({ method: 'DELETE', path: `${what}/${sid}` })
  if (outcome.kind === 'answer' || outcome.status === 404) return undefined
  return outcome.status === 409 ? conflict : outcome.refusal
}

const remains = 'data export controls that the trait’s labels asked for stay on its data source'
const mapped = refusal(
  'SEGMENT_MAPPED',
  failed,
  'the segment is mapped to a destination in Audience Manager: unmap it there, then remove it again',
)
const used = refusal(
  'TRAIT_IN_USE',
  failed,
  'another segment or a model of Audience Manager uses the trait: take it out there, then remove it again',
)
/** Whoever made it, the segment’s changes are none of it. */
export const foreign: Refusal = refusal(
  'TRAIT_NOT_OURS',
  failed,
  'the trait has another integration code than the segment’s id: delete it in Audience Manager if nobody needs it',
)
