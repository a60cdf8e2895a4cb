import { remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, SegmentReceipt, SolutionLog } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { findByCode, findTrait } from './catalogue-calls.ts'
import type { CatalogueItem } from './catalogue-item.ts'
import { catalogueObjects } from './catalogue-objects.ts'
import { controlsOf, exportControls } from './export-controls.ts'
import type { Folders } from './folders.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import { labelsIn, withdrawnIn, withLabels } from './label-comment.ts'
import { foreign } from './remove-from-catalogue.ts'
import { gone, remoteIdInvalid, writable } from './rename-in-catalogue.ts'
import type { CallRest } from './rest-client.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { isTraitSid } from './trait-sid.ts'

/** The data usage labels of segments at Audience Manager. */
export interface LabelsOfTraits {
  /** Gives the segment's trait these labels, and its data source the controls that follow. */
  readonly set: (
    segment: Segment,
    remoteId: string,
    labels: readonly string[],
  ) => Promise<SegmentReceipt>
  /** The trait is gone: takes back the controls that only its labels asked for. */
  readonly withdraw: (dataSourceId: number, trait: CatalogueItem) => Promise<Refusal | undefined>
}

/**
 * Labels of Platform travel to Audience Manager as data export controls (`reference/solutions.md` §1.7). Those are set on the data source of the trait, not
 * on the segment: what one trait must not be used for, none of its data source can be. So each trait keeps its own labels in its comments, and the
 * controls are what all of them come to.
 */
export function labelsOfTraits(options: {
  readonly call: CallRest
  readonly findOwner: KnownDataSources['existingTraitOwner']
  readonly folders: Folders
  readonly settings: Pick<AudienceManagerSettings, 'exportControls'>
  readonly log: SolutionLog
}): LabelsOfTraits {
  const { call, findOwner, folders, settings, log } = options
  const settle = exportControls(call, settings.exportControls)

  async function set(
    segment: Segment,
    remoteId: string,
    labels: readonly string[],
  ): Promise<SegmentReceipt> {
    if (!isTraitSid(remoteId)) return remoteIdInvalid
    const owner = await findOwner()
    if (owner.kind === 'refused') return owner.refusal
    const id = remoteSegmentId(segment)
    const trait = await findTrait(call, remoteId)
    if (trait.kind === 'refused') return trait.refusal
    if (trait.kind === 'none') return gone
    if (trait.item.integrationCode !== id) return foreign
    const made = await findByCode(call, 'segments', id, owner.dataSourceId)
    if (made.kind === 'refused') return made.refusal
    if (made.kind === 'none') return gone

    const { comments: before } = trait.item
    const earlier = [...labelsIn(before), ...withdrawnIn(before)]
    const withdrawn = earlier.filter((label) => !labels.includes(label))
    const comments = withLabels(before, labels)
    const refused =
      (await comment(trait.item, withLabels(before, labels, withdrawn))) ??
      (await settleFor(owner.dataSourceId, withdrawn, labels)) ??
      (await comment({ ...trait.item, comments: withLabels(before, labels, withdrawn) }, comments))
    if (refused !== undefined) return refused
    const both = { trait: { ...trait.item, comments }, segment: made.item }
    return { status: 'ready', remoteId, objects: await catalogueObjects(folders, id, owner, both) }
  }

  async function comment(trait: CatalogueItem, comments: string): Promise<Refusal | undefined> {
    if ((trait.comments ?? '') === comments) return undefined
    const json = { ...writable(trait), comments }
    const outcome = await call({ method: 'PUT', path: `traits/${trait.sid}`, json })
    if (outcome.kind === 'answer') return undefined
    return outcome.status === 404 ? gone : outcome.refusal
  }

  async function settleFor(
    dataSourceId: number,
    withdrawnLabels: readonly string[],
    labels: readonly string[],
  ): Promise<Refusal | undefined> {
    const wanted = controlsOf(labels, settings.exportControls)
    const earlier = controlsOf(withdrawnLabels, settings.exportControls)
    const withdrawn = new Set([...earlier].filter((control) => !wanted.has(control)))
    const refused = await settle(dataSourceId, withdrawn)
    const fields = { dataSource: dataSourceId, labels: labels.join(' '), code: refused?.code ?? '' }
    log({ level: refused ? 'warn' : 'info', event: 'export_controls', fields })
    return refused
  }

  return {
    set,
    withdraw: async (dataSourceId, trait) => {
      const labels = [...labelsIn(trait.comments), ...withdrawnIn(trait.comments)]
      if (controlsOf(labels, settings.exportControls).size === 0) return undefined
      return settleFor(dataSourceId, labels, [])
    },
  }
}
