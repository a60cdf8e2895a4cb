import { z } from 'zod'
import { refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { CallRest } from './rest-client.ts'

/** The two trees of folders. */
export type FolderTree = 'traits' | 'segments'

export type FolderFound =
  | { readonly kind: 'folder'; readonly folderId: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The folders of traits and segments, as far as they were looked at. */
export interface Folders {
  /** Finds a folder by name, or makes it at the root; found ones are remembered. */
  readonly ensure: (inTree: FolderTree, name: string) => Promise<FolderFound>
  /** The name of the folder with this number, for people; undefined where it could not be found out. */
  readonly nameOf: (inTree: FolderTree, folderId: number) => Promise<string | undefined>
}

interface Folder {
  readonly folderId: number
  readonly name?: string | null | undefined
  readonly subFolders?: readonly Folder[] | null | undefined
}

type Read =
  | { readonly kind: 'folders'; readonly folders: readonly Folder[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const folder: z.ZodType<Folder> = z.lazy(() =>
  z.object({
    folderId: z.int(),
    name: z.string().nullish(),
    subFolders: z.array(folder).nullish(),
  }),
)
const tree = z.union([z.array(folder), folder.transform((root) => [root])])
const rootFolderId = 0
/** Audience Manager's bound for folders is 2,000 (`reference/solutions.md` §1.4). */
const namesKept = 10_000

export function foldersOf(call: CallRest): Folders {
  const idByName = new Map<string, number>()
  const nameById = new Map<string, string>()

  async function ensure(inTree: FolderTree, name: string): Promise<FolderFound> {
    const folderId = idByName.get(`${inTree}/${name}`)
    if (folderId !== undefined) return { kind: 'folder', folderId }
    const found = (await find(inTree, name)) ?? (await create(inTree, name))
    if (found.kind === 'folder') idByName.set(`${inTree}/${name}`, found.folderId)
    return found
  }

  async function nameOf(inTree: FolderTree, folderId: number): Promise<string | undefined> {
    const key = `${inTree}/${folderId}`
    const known = nameById.get(key)
    if (known !== undefined) return known
    const read = await readTree(inTree)
    if (read.kind === 'refused') return undefined
    if (nameById.size > namesKept) nameById.clear()
    for (const one of allOf(read.folders)) {
      if (typeof one.name === 'string') nameById.set(`${inTree}/${one.folderId}`, one.name)
    }
    return nameById.get(key)
  }

  async function find(inTree: FolderTree, name: string): Promise<FolderFound | undefined> {
    const read = await readTree(inTree)
    if (read.kind === 'refused') return read
    const found = allOf(read.folders).find((one) => one.name === name)
    return found === undefined ? undefined : { kind: 'folder', folderId: found.folderId }
  }

  async function readTree(inTree: FolderTree): Promise<Read> {
    const outcome = await call({ method: 'GET', path: `folders/${inTree}/` })
    if (outcome.kind === 'refused') return outcome
    const folders = tree.safeParse(outcome.body)
    return folders.success
      ? { kind: 'folders', folders: folders.data }
      : { kind: 'refused', refusal: unreadable }
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

  return { ensure, nameOf }
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))

/** All folders, those nearest to the root first. */
function allOf(roots: readonly Folder[]): readonly Folder[] {
  const all: Folder[] = []
  let level = roots
  while (level.length > 0) {
    all.push(...level)
    level = level.flatMap((one) => one.subFolders ?? [])
  }
  return all
}
