import type { RemoteObject } from '@segue/solution-kit'
import { z } from 'zod'

/** Calls Audience Manager's REST API; the path is below `/v1/`. */
export type CallCatalogue = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
) => Promise<{ readonly status: number; readonly body: unknown }>

interface Folder {
  readonly folderId: number
  readonly name?: string | undefined
  readonly subFolders?: readonly Folder[] | undefined
}

const folder: z.ZodType<Folder> = z.lazy(() =>
  z.object({
    folderId: z.int(),
    name: z.string().optional(),
    subFolders: z.array(folder).optional(),
  }),
)
const folders = z.array(folder)
const item = z.object({
  name: z.string(),
  folderId: z.int(),
  dataSourceId: z.int(),
  integrationCode: z.string(),
  comments: z.string().nullish(),
  traitType: z.string().optional(),
  traitRule: z.string().optional(),
  segmentRule: z.string().optional(),
})

/** Whether Audience Manager has the object by this number, with this name, in this folder, of this data source, with these properties. */
export async function showsInCatalogue(
  rest: CallCatalogue,
  object: RemoteObject,
): Promise<boolean> {
  if (object.kind === 'signal') return isSignalOfTrait(rest, object.name)
  const kind = `${object.kind}s`
  const { status, body } = await rest('GET', `${kind}/${object.id}`)
  if (status !== 200) return false
  const found = item.parse(body)
  const source = await rest('GET', `datasources/${found.dataSourceId}`)
  const tree = folders.parse((await rest('GET', `folders/${kind}/`)).body)
  const shown = {
    name: found.name,
    folder: namesById({ folderId: -1, subFolders: tree }).get(found.folderId),
    'data source': z.object({ name: z.string() }).parse(source.body).name,
    'data source id': `${found.dataSourceId}`,
    'integration code': found.integrationCode,
    rule: found.traitRule ?? found.segmentRule,
    type: found.traitType === 'ON_BOARDED_TRAIT' ? 'Onboarded' : undefined,
    labels: /^Experience Platform labels: (.*)$/m.exec(found.comments ?? '')?.[1],
  }
  const said = { name: object.name, ...object.in, ...object.has }
  return Object.entries(shown).every(
    ([name, value]) => (said as Readonly<Record<string, string>>)[name] === value,
  )
}

/** A signal is there for people once it was sent; that its trait knows it is what can be asked. */
async function isSignalOfTrait(rest: CallCatalogue, name: string): Promise<boolean> {
  const id = /^segID = (.*)$/.exec(name)?.[1] ?? ''
  const { body } = await rest('GET', `traits/?integrationCode=${encodeURIComponent(id)}`)
  const traits = z.array(item).parse(body)
  return traits.some(({ traitRule }) => traitRule === `segID == ${JSON.stringify(id)}`)
}

function namesById(root: Folder): ReadonlyMap<number, string | undefined> {
  const all = new Map([[root.folderId, root.name]])
  for (const sub of root.subFolders ?? []) {
    for (const [id, name] of namesById(sub)) all.set(id, name)
  }
  return all
}
