import { z } from 'zod'
import { refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { CallRest } from './rest-client.ts'

/** The two trees of folders. */
export type FolderTree = 'traits' | 'segments'

export type FolderFound =
  | { readonly kind: 'folder'; readonly folderId: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

interface Folder {
  readonly folderId: number
  readonly name?: string | null | undefined
  readonly subFolders?: readonly Folder[] | null | undefined
}

const folder: z.ZodType<Folder> = z.lazy(() =>
  z.object({
    folderId: z.int(),
    name: z.string().nullish(),
    subFolders: z.array(folder).nullish(),
  }),
)
const tree = z.union([z.array(folder), folder.transform((root) => [root])])
const rootFolderId = 0

/** Makes the function that finds a folder by name, or makes it at the root; found ones are remembered. */
export function folderFinder(
  call: CallRest,
): (inTree: FolderTree, name: string) => Promise<FolderFound> {
  const known = new Map<string, number>()

  return async (inTree, name) => {
    const key = `${inTree}/${name}`
    const folderId = known.get(key)
    if (folderId !== undefined) return { kind: 'folder', folderId }
    const found = (await find(inTree, name)) ?? (await create(inTree, name))
    if (found.kind === 'folder') known.set(key, found.folderId)
    return found
  }

  async function find(inTree: FolderTree, name: string): Promise<FolderFound | undefined> {
    const outcome = await call({ method: 'GET', path: `folders/${inTree}/` })
    if (outcome.kind === 'refused') return outcome
    const folders = tree.safeParse(outcome.body)
    if (!folders.success) return { kind: 'refused', refusal: unreadable }
    const folderId = idByName(folders.data, name)
    return folderId === undefined ? undefined : { kind: 'folder', folderId }
  }

  async function create(inTree: FolderTree, name: string): Promise<FolderFound> {
    const json = { name, parentFolderId: rootFolderId }
    const outcome = await call({ method: 'POST', path: `folders/${inTree}/`, json })
    if (outcome.kind === 'refused') {
      // 409: somebody else made it in between.
      const other = outcome.status === 409 ? await find(inTree, name) : undefined
      return other ?? outcome
    }
    const made = folder.safeParse(outcome.body)
    if (!made.success) return { kind: 'refused', refusal: unreadable }
    return { kind: 'folder', folderId: made.data.folderId }
  }
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** The first folder of that name, nearest to the root. */
function idByName(folders: readonly Folder[], name: string): number | undefined {
  let level = folders
  while (level.length > 0) {
    const match = level.find((one) => one.name === name)
    if (match !== undefined) return match.folderId
    level = level.flatMap((one) => one.subFolders ?? [])
  }
  return undefined
}
