import { remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { findByCode, unreadable } from './catalogue-calls.ts'
import type { CatalogueKind, FoundItem } from './catalogue-calls.ts'
import { catalogueItem } from './catalogue-item.ts'
import { catalogueNames } from './catalogue-name.ts'
import { catalogueObjects } from './catalogue-objects.ts'
import type { Folders } from './folders.ts'
import { nameTaken } from './rename-in-catalogue.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { CallRest } from './rest-client.ts'
import type { AudienceManagerSettings } from './settings.ts'

/** What is common to the trait and the segment of a Platform segment. */
interface NewItem {
  readonly description: string
  readonly dataSourceId: number
  readonly integrationCode: string
  readonly [field: string]: unknown
}

/**
 * Makes the function that gives a segment its trait and its Audience Manager segment, in the form in which Platform itself shares them
 * (`reference/solutions.md` §1.4): onboarded trait with the rule `segID == "<id>"`, no time to live, integration code = the segment's id, in its folder;
 * a segment of that one trait. What is there already, found by integration code and data source, is used as it is.
 * The remote id is the trait's sid.
 */
export function segmentCatalogue(
  call: CallRest,
  findOwner: KnownDataSources['existingTraitOwner'],
  folders: Folders,
  settings: Pick<AudienceManagerSettings, 'traitFolder' | 'segmentFolder'>,
): (segment: Segment, displayName: string) => Promise<SegmentReceipt> {
  return async (segment, displayName) => {
    const owner = await findOwner()
    if (owner.kind === 'refused') return owner.refusal
    const { dataSourceId } = owner
    const id = remoteSegmentId(segment)
    const names = catalogueNames(displayName, id)
    const description = `Segment ${id} of Experience Platform`
    const base: NewItem = { description, dataSourceId, integrationCode: id }

    const trait = await ensure('traits', settings.traitFolder, names, {
      ...base,
      traitType: 'ON_BOARDED_TRAIT',
      traitRule: `segID == ${JSON.stringify(id)}`,
      ttl: 0,
    })
    if (trait.kind !== 'item') return refusalOf(trait)
    const made = await ensure('segments', settings.segmentFolder, names, {
      ...base,
      mergeRuleDataSourceId: 0,
      segmentRule: `${trait.item.sid}T`,
    })
    if (made.kind !== 'item') return refusalOf(made)
    const both = { trait: trait.item, segment: made.item }
    const objects = await catalogueObjects(folders, id, owner, both)
    return { status: 'ready', remoteId: `${trait.item.sid}`, objects }
  }

  async function ensure(
    what: CatalogueKind,
    folderName: string,
    names: readonly string[],
    body: NewItem,
  ): Promise<FoundItem> {
    const found = await find(what, body)
    if (found.kind !== 'none') return found
    const folder = await folders.ensure(what, folderName)
    if (folder.kind === 'refused') return folder
    const { folderId } = folder
    for (const name of names) {
      const made = await create(what, { ...body, name, folderId })
      if (made.kind !== 'none') return made
    }
    return { kind: 'none' }
  }

  function find(what: CatalogueKind, wanted: NewItem): Promise<FoundItem> {
    return findByCode(call, what, wanted.integrationCode, wanted.dataSourceId)
  }

  /** @returns `none` where the name is taken by something else */
  async function create(what: CatalogueKind, json: NewItem): Promise<FoundItem> {
    const outcome = await call({ method: 'POST', path: `${what}/`, json })
    if (outcome.kind === 'refused') {
      // 409: another process made it first, or something else has the name.
      return outcome.status === 409 ? find(what, json) : outcome
    }
    const made = catalogueItem.safeParse(outcome.body)
    if (!made.success) return { kind: 'refused', refusal: unreadable }
    // The answer need not repeat all that was sent.
    return { kind: 'item', item: { ...json, ...made.data } }
  }
}

function refusalOf(made: Exclude<FoundItem, { readonly kind: 'item' }>): Refusal {
  return made.kind === 'refused' ? made.refusal : nameTaken
}
