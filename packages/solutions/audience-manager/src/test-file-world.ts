import type { Delivery, FollowReceipt, Receipt, Refusal, SolutionEvent } from '@segue/solution-kit'
import { refusal, retryRow } from '@segue/solution-kit'
import { fileDelivery } from './deliver.ts'
import { fileContents } from './file-contents.ts'
import { fileWriter } from './file-writer.ts'
import { fileFollow } from './follow.ts'
import { memoryBucket } from './memory-bucket.ts'
import type { MemoryBucket } from './memory-bucket.ts'
import type { KnownDataSources } from './known-data-sources.ts'
import { openFiles } from './open-files.ts'
import type { AudienceManagerSettingsInput } from './settings.ts'
import { surveyReader } from './survey.ts'
import { receiptKey } from './sync-file-name.ts'
import { testOwner, testSettings } from './test-settings.ts'

export const startMs: number = Date.parse('2026-11-23T10:00:00.500Z')
/** A trait that files do not know yet. */
export const youngSid = '777'

function readiness(sid: string): Promise<Refusal | undefined> {
  const young = refusal('TRAIT_NOT_READY', retryRow(5_000, false))
  return Promise.resolve(sid === youngSid ? young : undefined)
}

/** A row for a test. */
export function row(identities: readonly string[], more: Partial<Delivery> = {}): Delivery {
  const base = { segment: 'ups:s', remoteId: '24', status: 'realized', revisionMs: 1 } as const
  return { ...base, identities, ...more }
}

/** An adapter's file path in a test. */
export interface FileWorld {
  readonly bucket: MemoryBucket
  readonly events: readonly SolutionEvent[]
  readonly deliver: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>
  readonly follow: (follow: string) => Promise<FollowReceipt>
  /** Keys of files in the order in which they were stored. */
  readonly files: () => readonly string[]
  /** Writes the receipt of a file. */
  readonly processed: (key: string | undefined) => void
  /** What is known of data sources: all of them are there, unless a test says otherwise. */
  readonly sources: { -readonly [Part in keyof KnownDataSources]: KnownDataSources[Part] }
  readonly advance: (ms: number) => void
  /** The same after a crash: only the bucket is left. */
  readonly restarted: () => FileWorld
}

/** An adapter's file path over a bucket in memory and a clock that stands still. */
export function fileWorld(
  changes: Partial<AudienceManagerSettingsInput> = {},
  bucket: MemoryBucket = memoryBucket(),
): FileWorld {
  if (bucket.nowMs === 0) bucket.nowMs = startMs
  const settings = testSettings({ receipts: 'json', processedPollMs: 10, ...changes })
  const events: SolutionEvent[] = []
  const nowMs = (): number => bucket.nowMs
  const log = (event: SolutionEvent): void => void events.push(event)
  const sources: FileWorld['sources'] = {
    traitOwner: testOwner,
    existingTraitOwner: testOwner,
    refusalOf: () => Promise.resolve(undefined),
    fileRefused: () => undefined,
  }
  const { traitOwner } = sources
  const common = { bucket, sources, traitOwner, settings, nowMs, log }
  const open = openFiles(common)
  const contents = fileContents(bucket)
  const survey = surveyReader({ ...common, open, contents })
  const writer = fileWriter({ ...common, open, contents })
  const follow = fileFollow({ ...common, survey, writer })
  const deliver = fileDelivery({ ...common, survey, writer, follow, readiness })
  return {
    bucket,
    events,
    deliver,
    follow,
    files: () => [...bucket.objects.keys()].filter((key) => key.endsWith('.sync.gz')),
    sources,
    processed: (key: string | undefined) => bucket.process(receiptKey(key ?? '')),
    advance: (ms: number) => void (bucket.nowMs += ms),
    restarted: () => fileWorld(changes, bucket),
  }
}
