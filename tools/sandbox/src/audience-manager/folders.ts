import type { AudienceManagerSettings } from './settings.ts'

/** A folder of traits or of segments. The root has parent 0. */
interface Folder {
  readonly folderId: number
  readonly parentFolderId: number
  readonly name: string
}

export interface Folders {
  readonly byId: (folderId: number) => Folder | undefined
  readonly all: () => readonly Folder[]
  /** The folder under which Platform's objects live; it exists from the start. */
  readonly platformFolderId: number
  /** Answers the new folder, or why there is none. */
  readonly create: (name: string, parentFolderId: number) => Folder | FolderProblem
  readonly remove: (folderId: number) => void
  readonly snapshot: () => FoldersState
  readonly restore: (state: FoldersState) => void
}

export type FolderProblem = 'no-parent' | 'too-deep' | 'too-many' | 'name-taken'

export type FoldersState = readonly Folder[]

const rootId = 1
const platformId = 123

/** @param platformName of the folder that Platform's integration makes (reference §1.4) */
export function createFolders(platformName: string, settings: AudienceManagerSettings): Folders {
  const folders = new Map<number, Folder>()
  let nextId = platformId + 1

  const depthOf = (folderId: number): number => {
    const folder = folders.get(folderId)
    return folder === undefined ? 0 : 1 + depthOf(folder.parentFolderId)
  }
  const put = (folder: Folder): void => {
    folders.set(folder.folderId, folder)
    nextId = Math.max(nextId, folder.folderId + 1)
  }
  put({ folderId: rootId, parentFolderId: 0, name: 'All' })
  put({ folderId: platformId, parentFolderId: rootId, name: platformName })

  return {
    byId: (folderId) => folders.get(folderId),
    all: () => [...folders.values()],
    platformFolderId: platformId,
    create: (name, parentFolderId) => {
      if (!folders.has(parentFolderId)) return 'no-parent'
      if (depthOf(parentFolderId) > settings.maxFolderDepth) return 'too-deep'
      if (folders.size >= settings.maxFolders) return 'too-many'
      for (const other of folders.values()) {
        if (other.parentFolderId === parentFolderId && other.name === name) return 'name-taken'
      }
      const folder = { folderId: nextId, parentFolderId, name }
      put(folder)
      return folder
    },
    remove: (folderId) => {
      folders.delete(folderId)
    },
    snapshot: () => [...folders.values()],
    restore: (state) => {
      for (const folder of state) put(folder)
    },
  }
}
