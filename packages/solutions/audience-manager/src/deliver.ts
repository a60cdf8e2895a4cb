import { setTimeout as sleep } from 'node:timers/promises'
import { concurrently, failed, refusal, retryRow, worstReceipt } from '@segue/solution-kit'
import type { Delivery, FollowReceipt, Receipt, Refusal } from '@segue/solution-kit'
import { checkRow, isRefusal } from './check-row.ts'
import type { FileWriter } from './file-writer.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { repeatBytes, repeatsOf, waitForFiles } from './survey.ts'
import type { ReadSurvey } from './survey.ts'
import { collate, syncText } from './sync-file.ts'
import type { DeclaredRow, SyncFile } from './sync-file.ts'
import type { PairState } from './sync-lines.ts'
import type { TraitReadiness } from './trait-readiness.ts'

/** What became of a data source's file: its name, or why there is none. */
type Sent = { readonly fileName: string } | Refusal

type Repeats =
  | { readonly kind: 'repeats'; readonly pairs: readonly PairState[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Makes the function that delivers rows by inbound files, the one path that removes (`reference/solutions.md` §1.3).
 * Audience Manager applies files in any order, so a file says, beside its own rows, the newest state of every id and trait of which an open file
 * says otherwise; what order may still do is `follow`'s matter. Rows wait only where what is open cannot be compared or repeated.
 */
export function fileDelivery(options: {
  readonly survey: ReadSurvey
  readonly writer: FileWriter
  readonly readiness: TraitReadiness
  readonly sources: Pick<KnownDataSources, 'existingTraitOwner' | 'refusalOf'>
  readonly follow: (follow: string) => Promise<FollowReceipt>
  readonly settings: AudienceManagerSettings
  readonly nowMs: () => number
}): (rows: readonly Delivery[]) => Promise<readonly Receipt[]> {
  const { survey, writer, readiness, sources, follow, settings, nowMs } = options

  return async (rows) => {
    const checked = await checkRows(rows)
    const unknown = await unknownSources(checked)
    const { sent, overflow } = await writer.alone(() => write(checked, unknown))
    const receipts = checked.map((one): Receipt => {
      if (isRefusal(one)) return one
      if (overflow.has(one)) return fileFull
      return receiptOf(one, sent)
    })
    return untilApplied(receipts)
  }

  /** What every row comes to before anything is written; each trait is asked about once. */
  async function checkRows(rows: readonly Delivery[]): Promise<readonly (DeclaredRow | Refusal)[]> {
    const traits = new Map<string, Refusal | undefined>()
    const checked: (DeclaredRow | Refusal)[] = []
    for (const row of rows) {
      const one = checkRow(row, settings.dataSources)
      const sid = row.remoteId
      if (!isRefusal(one) && !traits.has(sid)) traits.set(sid, await readiness(sid))
      checked.push(isRefusal(one) ? one : (traits.get(sid) ?? one))
    }
    return checked
  }

  /** Data sources to which nothing may go, as nothing of a file would be applied: better no file than one whose rows seem to be there. */
  async function unknownSources(
    checked: readonly (DeclaredRow | Refusal)[],
  ): Promise<ReadonlyMap<number, Refusal>> {
    const unknown = new Map<number, Refusal>()
    const found = sourcesOf(checked.filter((one): one is DeclaredRow => !isRefusal(one)))
    if (found.length === 0) return unknown
    const owner = await sources.existingTraitOwner()
    await concurrently(found, found.length, async (source) => {
      const refused = owner.kind === 'refused' ? owner.refusal : await sources.refusalOf(source)
      if (refused !== undefined) unknown.set(source, refused)
    })
    return unknown
  }

  async function write(
    checked: readonly (DeclaredRow | Refusal)[],
    unknown: ReadonlyMap<number, Refusal>,
  ): Promise<{
    readonly sent: ReadonlyMap<number, Sent>
    readonly overflow: ReadonlySet<DeclaredRow>
  }> {
    const declared = checked.filter((one): one is DeclaredRow => !isRefusal(one))
    const sent = new Map<number, Sent>(unknown)
    const repeats = new Map<number, readonly PairState[]>()
    for (const source of sourcesOf(declared)) {
      if (unknown.has(source)) continue
      const found = await repeatsFor(source)
      if (found.kind === 'repeats') repeats.set(source, found.pairs)
      else sent.set(source, found.refusal)
    }
    const ready = declared.filter((row) => sourcesOf([row]).every((one) => repeats.has(one)))
    const taken = new Map(Array.from(repeats, ([source, pairs]) => [source, repeatBytes(pairs)]))
    const { files, overflow } = collate(ready, settings.maxFileBytes, taken)
    let paused: Refusal | undefined
    for (const file of files) {
      const one = paused ?? (await put(file, repeats.get(file.dataSourceId)))
      sent.set(file.dataSourceId, one)
      if ('status' in one) paused ??= pauseOf(one)
    }
    return { sent, overflow }
  }

  /** What a file of the data source has to repeat; the receipt of its rows where it must not be written now. */
  async function repeatsFor(dataSourceId: number): Promise<Repeats> {
    const found = await survey(dataSourceId)
    if (found.kind === 'refused') return found
    const pairs = repeatsOf(found.contested, nowMs())
    if (repeatBytes(pairs) <= settings.maxFileBytes) return { kind: 'repeats', pairs }
    const detail = 'what is to be repeated fills a file'
    return { kind: 'refused', refusal: waitForFiles(found.files, settings, nowMs(), detail) }
  }

  async function put(file: SyncFile, repeats: readonly PairState[] | undefined): Promise<Sent> {
    const { dataSourceId, ids } = file
    let known = repeats
    const written = await writer.write(dataSourceId, async () => {
      // Where it is asked again another process has written a file since: what that says counts too.
      const found: Repeats =
        known === undefined ? await repeatsFor(dataSourceId) : { kind: 'repeats', pairs: known }
      known = undefined
      return found.kind === 'repeats' ? syncText(ids, found.pairs) : found.refusal
    })
    return written.kind === 'written' ? { fileName: written.fileName } : written.refusal
  }

  /** Waits, within bounds, until what was accepted is applied. */
  async function untilApplied(receipts: readonly Receipt[]): Promise<readonly Receipt[]> {
    const applied = new Map<string, boolean>()
    const looks = Math.ceil(settings.processedWaitMs / settings.processedPollMs)
    for (const receipt of receipts) {
      if (receipt.status === 'delivered') applied.set(receipt.follow ?? '', false)
    }
    for (const files of applied.keys()) {
      for (let look = 1; look <= looks; look += 1) {
        const answer = await follow(files)
        if (answer.status === 'applied') applied.set(files, true)
        if (answer.status !== 'waiting' || look === looks) break
        await sleep(settings.processedPollMs)
      }
    }
    return receipts.map((receipt) => {
      if (receipt.status !== 'delivered' || applied.get(receipt.follow ?? '') !== true) {
        return receipt
      }
      const { follow: _applied, ...rest } = receipt
      return { ...rest, applied: true }
    })
  }
}

const fileFull = refusal('FILE_FULL', retryRow(1_000, false), 'the row goes into the next file')
const noFile = refusal('FILE_MISSING', failed, 'the row was in no file')

/** Accepted where all of the row's files are stored; its files' names are what it is followed by. */
function receiptOf(row: DeclaredRow, sent: ReadonlyMap<number, Sent>): Receipt {
  const parts = sourcesOf([row]).flatMap((source) => sent.get(source) ?? [])
  const names = parts.flatMap((one) => ('fileName' in one ? [one.fileName] : []))
  const [first, ...others] = parts.flatMap((one) => ('status' in one ? [one] : []))
  if (first !== undefined) return worstReceipt([first, ...others])
  if (names.length === 0) return noFile
  const files = names.toSorted().join(' ')
  return { status: 'delivered', applied: false, requestId: files, follow: files }
}

function sourcesOf(rows: readonly DeclaredRow[]): readonly number[] {
  return [...new Set(rows.flatMap(({ ids }) => ids.map(({ dataSourceId }) => dataSourceId)))]
}

function pauseOf(because: Refusal): Refusal | undefined {
  if (because.status === 'misconfigured') return because
  const whole = because.status === 'retry' && because.scope === 'solution'
  return whole ? { ...because, inDoubt: false } : undefined
}
