import { remoteObjects } from '@segue/solution-kit'
import type { RemoteObject } from '@segue/solution-kit'
import type { StaticList } from './answer.ts'

/** What stands for a segment in Marketo: its static list, in the folder that Marketo says it is in. */
export function listObjects({ id, name, folder }: StaticList): readonly RemoteObject[] {
  const place = folder?.id === undefined ? undefined : `${folder.type ?? 'Folder'} ${folder.id}`
  return remoteObjects([{ kind: 'static list', name, id, in: { folder: place } }])
}
