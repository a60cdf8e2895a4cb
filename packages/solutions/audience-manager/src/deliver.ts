import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  failed,
  notInDoubt,
  refusal,
  retryRow,
  retrySolution,
  worstReceipt,
} from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal, SolutionLog } from '@segue/solution-kit'
import type { Bucket } from './bucket.ts'
import { checkRow, isRefusal } from './check-row.ts'
import type { Look, OpenFiles } from './open-files.ts'
import type { AudienceManagerSettings } from './settings.ts'
import { collate } from './sync-file.ts'
import type { DeclaredRow, SyncFile } from './sync-file.ts'
import { fileNameOf, syncFileKey } from './sync-file-name.ts'
import type { TraitReadiness } from './trait-readiness.ts'

const zip = promisify(gzip)

/** Seconds tried for a name before it is left to the next delivery. */
const maxNames = 5

/**
 * Makes the function that delivers rows by inbound files, the one path that removes (`reference/solutions.md` §1.3).
 * Audience Manager applies files in any order, so a data source has one open file at a time: while its last one is not known processed, its rows
 * wait, here for `processedWaitMs`, then at the engine.
 */
export function fileDelivery(options: {
  readonly bucket: Bucket
  readonly open: OpenFiles
  readonly readiness: TraitReadiness
  readonly settings: AudienceManagerSettings
  readonly nowMs: () => number
  readonly log: SolutionLog
}): (rows: readonly Delivery[]) => Promise<readonly Receipt[]> {
  const { bucket, open, readiness, settings, nowMs, log } = options

  return async (rows) => {
    const checked = await checkRows(rows)
    const declared = checked.filter((one): one is DeclaredRow => !isRefusal(one))
    const blocked = await untilProcessed(sourcesOf(declared))
    const ready = declared.filter((row) => sourcesOf([row]).every((one) => !blocked.has(one)))
    const { files, overflow } = collate(ready, settings.maxFileBytes)
    const sent = await upload(files)
    return checked.map((one): Receipt => {
      if (isRefusal(one)) return one
      if (overflow.has(one)) return fileFull
      const parts = sourcesOf([one]).flatMap((source) => blocked.get(source) ?? [])
      const [first, ...others] = parts.length > 0 ? parts : receiptsOf(one, sent)
      return first === undefined ? noFile : worstReceipt([first, ...others])
    })
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

  /** Uploads one file after the other, then waits for them; a receipt for each data source. */
  async function upload(files: readonly SyncFile[]): Promise<ReadonlyMap<number, Receipt>> {
    const receipts = new Map<number, Receipt>()
    let paused: Receipt | undefined
    for (const file of files) {
      const receipt = paused ?? (await put(file))
      receipts.set(file.dataSourceId, receipt)
      paused ??= pauseOf(receipt)
    }
    const delivered = [...receipts].filter(([, receipt]) => receipt.status === 'delivered')
    const sources = delivered.map(([source]) => source)
    const stillOpen = await untilProcessed(sources)
    for (const source of sources) {
      receipts.set(source, { status: 'delivered', applied: !stillOpen.has(source) })
    }
    return receipts
  }

  async function put(file: SyncFile): Promise<Receipt> {
    const body = await zip(file.text)
    for (let name = 1; name <= maxNames; name += 1) {
      const key = nextKey(file.dataSourceId)
      open.uploading(file.dataSourceId, key, file.removals)
      const outcome = await bucket.put(key, body)
      if (outcome.kind === 'refused') {
        const { refusal: because } = outcome
        const inDoubt = because.status === 'retry' && because.inDoubt
        open.uploadEnded(file.dataSourceId, key, inDoubt ? 'in-doubt' : 'not-stored')
        return because
      }
      open.uploadEnded(file.dataSourceId, key, outcome.kind === 'stored' ? 'stored' : 'not-stored')
      if (outcome.kind === 'exists') continue
      const fields = { file: fileNameOf(key), bytes: body.length }
      log({ level: 'info', event: 'file_uploaded', fields })
      return { status: 'delivered', applied: false }
    }
    return refusal('FILE_NAMES_TAKEN', retryRow(10_000, false), 'another process uploads as well')
  }

  /** Two files of one data source never have the same second. */
  function nextKey(dataSourceId: number): string {
    const now = Math.floor(nowMs() / 1000)
    const unixSeconds = Math.max(now, open.lastSecond(dataSourceId) + 1)
    const targetDataSourceId = settings.dataSources.traitOwner
    return syncFileKey(settings.s3.directory, { dataSourceId, targetDataSourceId, unixSeconds })
  }

  /** Waits, within bounds, until these data sources have no open file; the receipt of those that still have. */
  async function untilProcessed(sources: readonly number[]): Promise<ReadonlyMap<number, Refusal>> {
    const looks = 1 + Math.ceil(settings.processedWaitMs / settings.processedPollMs)
    const blocked = new Map<number, Refusal>()
    let waiting = sources
    for (let count = 1; ; count += 1) {
      for (const source of waiting) {
        const found = await openReceipt(count === 1 ? open.look(source) : open.lookAgain(source))
        if (found === undefined) blocked.delete(source)
        else blocked.set(source, found)
      }
      // Only an open file is worth waiting for here; a bucket that cannot be read is the engine's wait.
      waiting = waiting.filter((source) => blocked.get(source)?.code === fileOpenCode)
      if (waiting.length === 0 || count >= looks) return blocked
      await sleep(settings.processedPollMs)
    }
  }

  async function openReceipt(looking: Promise<Look>): Promise<Refusal | undefined> {
    const look = await looking
    if (look.kind === 'refused') return notInDoubt(look.refusal)
    if (look.files.length === 0) return undefined
    const leftMs = Math.max(...look.files.map((file) => file.untilMs)) - nowMs()
    // A receipt may come at any time; without receipts only time closes a file.
    const afterMs = settings.receipts === 'json' ? 10 * settings.processedPollMs : leftMs
    const detail = 'the data source has a file that is not known to be processed'
    return refusal(
      fileOpenCode,
      retrySolution(Math.max(1, Math.min(afterMs, leftMs)), false),
      detail,
    )
  }
}

const fileOpenCode = 'FILE_OPEN'
const fileFull = refusal('FILE_FULL', retryRow(1_000, false), 'the row goes into the next file')
const noFile = refusal('FILE_MISSING', failed, 'the row was in no file')

function receiptsOf({ ids }: DeclaredRow, sent: ReadonlyMap<number, Receipt>): readonly Receipt[] {
  return ids.flatMap(({ dataSourceId }) => sent.get(dataSourceId) ?? [])
}

function sourcesOf(rows: readonly DeclaredRow[]): readonly number[] {
  return [...new Set(rows.flatMap(({ ids }) => ids.map(({ dataSourceId }) => dataSourceId)))]
}

function pauseOf(receipt: Receipt): Receipt | undefined {
  if (receipt.status === 'misconfigured') return receipt
  const whole = receipt.status === 'retry' && receipt.scope === 'solution'
  return whole ? { ...receipt, inDoubt: false } : undefined
}
