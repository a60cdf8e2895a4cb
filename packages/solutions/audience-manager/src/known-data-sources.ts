import { LRUCache } from 'lru-cache'
import { misconfigured, refusal } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { dataSourcesNamed, findDataSource } from './data-source-calls.ts'
import type { CallRest } from './rest-client.ts'
import type { AudienceManagerSettings } from './settings.ts'
import type { SyncFileName } from './sync-file-name.ts'

/** The data source that owns the traits, or why it is not known. */
export type TraitOwner =
  | {
      readonly kind: 'owner'
      readonly dataSourceId: number
      /** Known where it was found by it, or once the number was looked up. */
      readonly name?: string
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Knows the number of the data source that owns the traits, and whether data sources of the settings exist. */
export interface KnownDataSources {
  /** The owner of the traits: by the number in the settings, which is not looked at, or else by name. */
  readonly traitOwner: () => Promise<TraitOwner>
  /** The same, refused as well where Audience Manager is known not to have it. */
  readonly existingTraitOwner: () => Promise<TraitOwner>
  /** What a row gets whose ids are in this data source: undefined where it exists, or where that could not be found out. */
  readonly refusalOf: (dataSourceId: number) => Promise<Refusal | undefined>
  /** Tells of a file of which nothing was applied, by its receipt. */
  readonly fileRefused: (name: SyncFileName, problem: string) => void
}

/** Those that every customer shares (`reference/solutions.md` §1.2): not the customer's own, so the REST API may not show them. */
const globalSources: ReadonlySet<number> = new Set([20914, 20915])
/** How long a data source is used unseen where the REST API could not or would not tell. */
const askAgainMs = 10 * 60_000
/** How long no file goes to a data source that a receipt calls unknown; then one tries. */
const holdMs = 60 * 60_000
/** There are five settings; receipts may speak of earlier ones. */
const cacheSize = 100

/**
 * Makes the memory of data sources. What is there is asked for once; what is not is asked for each time, so that rows go on as soon as it is mended.
 * Nothing is created: that takes an administrator's rights, and a data source in the wrong place is hard to take away again.
 */
export function knownDataSources(options: {
  readonly call: CallRest
  readonly settings: Pick<AudienceManagerSettings, 'dataSources' | 'traitDataSourceName'>
  readonly nowMs: () => number
}): KnownDataSources {
  const { call, settings, nowMs } = options
  const { traitOwner: ownerId, ...idSources } = settings.dataSources
  const ownerSetting = ownerId === undefined ? 'traitDataSourceName' : 'dataSources.traitOwner'
  const trustedUntilMs = new LRUCache<number, number>({ max: cacheSize })
  const heldUntilMs = new LRUCache<number, number>({ max: cacheSize })
  const names = new LRUCache<number, string>({ max: cacheSize })
  const underWay = new Map<number, Promise<boolean>>()
  let named: Promise<TraitOwner> | undefined

  async function traitOwner(): Promise<TraitOwner> {
    if (ownerId !== undefined) return withName(ownerId)
    const asked = (named ??= ownerByName())
    const found = await asked
    if (found.kind === 'refused' && named === asked) named = undefined
    return found
  }

  async function ownerByName(): Promise<TraitOwner> {
    const found = await dataSourcesNamed(call, settings.traitDataSourceName)
    if (found.kind === 'refused') return found
    const [dataSourceId, ...others] = found.ids
    if (dataSourceId === undefined) return { kind: 'refused', refusal: noneOfThatName }
    if (others.length > 0) return { kind: 'refused', refusal: severalOfThatName }
    trustedUntilMs.set(dataSourceId, Infinity)
    names.set(dataSourceId, settings.traitDataSourceName)
    return withName(dataSourceId)
  }

  function withName(dataSourceId: number): TraitOwner {
    const name = names.get(dataSourceId)
    return { kind: 'owner', dataSourceId, ...(name === undefined ? {} : { name }) }
  }

  async function existingTraitOwner(): Promise<TraitOwner> {
    const owner = await traitOwner()
    if (owner.kind === 'refused') return owner
    const refused = await refusalAs(owner.dataSourceId, ownerSetting)
    if (refused === undefined) return withName(owner.dataSourceId)
    // By its name there may be another one by now.
    named = undefined
    return { kind: 'refused', refusal: refused }
  }

  function refusalOf(dataSourceId: number): Promise<Refusal | undefined> {
    const [name] = Object.entries(idSources).find(([, id]) => id === dataSourceId) ?? []
    return refusalAs(dataSourceId, name === undefined ? 'dataSources' : `dataSources.${name}`)
  }

  async function refusalAs(dataSourceId: number, setting: string): Promise<Refusal | undefined> {
    if ((heldUntilMs.get(dataSourceId) ?? 0) > nowMs()) {
      const detail = `by a file’s receipt Audience Manager does not know data source ${dataSourceId}: a file tries again within an hour`
      return refusal('DATA_SOURCE_UNKNOWN', misconfigured(setting), detail)
    }
    if (await mayExist(dataSourceId)) return undefined
    const detail = `Audience Manager has no data source ${dataSourceId}`
    return refusal('DATA_SOURCE_UNKNOWN', misconfigured(setting), detail)
  }

  async function mayExist(dataSourceId: number): Promise<boolean> {
    if (globalSources.has(dataSourceId)) return true
    if ((trustedUntilMs.get(dataSourceId) ?? 0) > nowMs()) return true
    const asked = underWay.get(dataSourceId) ?? ask(dataSourceId)
    underWay.set(dataSourceId, asked)
    return asked
  }

  async function ask(dataSourceId: number): Promise<boolean> {
    const found = await findDataSource(call, dataSourceId)
    underWay.delete(dataSourceId)
    if (found.kind === 'none') return false
    if (found.kind === 'there' && found.name !== undefined) names.set(dataSourceId, found.name)
    const untilMs = found.kind === 'there' ? Infinity : nowMs() + askAgainMs
    trustedUntilMs.set(dataSourceId, untilMs)
    return true
  }

  function fileRefused(name: SyncFileName, problem: string): void {
    const id = unknownBy(name, problem)
    if (id === undefined || (heldUntilMs.get(id) ?? 0) > nowMs()) return
    heldUntilMs.set(id, nowMs() + holdMs)
    trustedUntilMs.delete(id)
  }

  return { traitOwner, existingTraitOwner, refusalOf, fileRefused }
}

/** Which of a file's two data sources a receipt's problem is about. */
function unknownBy(name: SyncFileName, problem: string): number | undefined {
  if (problem === 'UNKNOWN_DATA_SOURCE') return name.dataSourceId
  return problem === 'UNKNOWN_TARGET_DATA_SOURCE' ? name.targetDataSourceId : undefined
}

const noneOfThatName = refusal(
  'DATA_SOURCE_UNKNOWN',
  misconfigured('traitDataSourceName'),
  'no data source has this name: let an administrator create one in Audience Manager (ID type Cross-device, inbound), or set its name here, or its number as dataSources.traitOwner',
)
const severalOfThatName = refusal(
  'DATA_SOURCE_AMBIGUOUS',
  misconfigured('traitDataSourceName'),
  'several data sources have this name: set the number of the right one as dataSources.traitOwner',
)
