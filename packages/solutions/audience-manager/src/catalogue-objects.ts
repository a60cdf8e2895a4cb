import { remoteObjects } from '@segue/solution-kit'
import type { RemoteObject } from '@segue/solution-kit'
import type { CatalogueItem } from './catalogue-item.ts'
import type { Folders } from './folders.ts'
import type { TraitOwner } from './known-data-sources.ts'
import { labelsIn } from './label-comment.ts'

/** The data source that owns a segment's trait. */
export type Owner = Extract<TraitOwner, { readonly kind: 'owner' }>

/**
 * What stands for a segment in Audience Manager, in the words of its pages (`reference/solutions.md` §1.4, `reference/platform.md` §11.3): the signal by
 * which the trait's rule knows it, the onboarded trait, and the segment of that trait. Folders are those that Audience Manager says they are in.
 */
export async function catalogueObjects(
  folders: Folders,
  remoteSegmentId: string,
  owner: Owner,
  { trait, segment }: { readonly trait: CatalogueItem; readonly segment: CatalogueItem },
): Promise<readonly RemoteObject[]> {
  const [traitFolder, segmentFolder] = await Promise.all([
    folderOf(folders, 'traits', trait),
    folderOf(folders, 'segments', segment),
  ])
  const source = { 'data source': owner.name, 'data source id': owner.dataSourceId }
  const labels = labelsIn(trait.comments).join(', ')
  return remoteObjects([
    {
      kind: 'signal',
      name: `segID = ${remoteSegmentId}`,
      in: { page: 'Audience Data › Signals › General Online Data', search: 'SegId' },
    },
    {
      kind: 'trait',
      name: trait.name ?? '',
      id: trait.sid,
      in: { folder: traitFolder, ...source },
      has: {
        type: trait['traitType'] === 'ON_BOARDED_TRAIT' ? 'Onboarded' : undefined,
        rule: textOf(trait['traitRule']),
        'integration code': trait.integrationCode ?? undefined,
        labels,
      },
    },
    {
      kind: 'segment',
      name: segment.name ?? '',
      id: segment.sid,
      in: { folder: segmentFolder, ...source },
      has: {
        rule: textOf(segment['segmentRule']),
        'integration code': segment.integrationCode ?? undefined,
        // The rule of shared segments has number 0 [I].
        'profile merge rule':
          segment['mergeRuleDataSourceId'] === 0 ? 'External Merge Policy' : undefined,
      },
    },
  ])
}

function folderOf(
  folders: Folders,
  tree: 'traits' | 'segments',
  { folderId }: CatalogueItem,
): Promise<string | undefined> {
  return typeof folderId === 'number' ? folders.nameOf(tree, folderId) : Promise.resolve(undefined)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
