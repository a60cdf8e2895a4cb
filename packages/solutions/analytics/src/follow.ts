import { notInDoubt } from '@segue/solution-kit'
import type { FollowReceipt } from '@segue/solution-kit'
import type { CollectClient } from './collect-client.ts'
import type { GroupMemory } from './group-memory.ts'
import type { AnalyticsSettings } from './settings.ts'

/** A file that was taken and is to be followed. */
export interface FollowedFile {
  readonly key: string
  /** Time of its first row, unix seconds. */
  readonly oldestSecs: number
  /** When Analytics took it, unix seconds. */
  readonly receivedSecs: number
}

/** 59 characters a file, and a `follow` has 500. */
const maxFiles = 8

/** Writes what `follow` is asked with: the files that a row's visitors went into. Of more than eight, those that were taken last. */
export function followOf(files: readonly FollowedFile[]): string {
  const latest = files.toSorted(
    (left, right) => right.receivedSecs - left.receivedSecs || (left.key < right.key ? -1 : 1),
  )
  return latest
    .slice(0, maxFiles)
    .map(({ key, oldestSecs, receivedSecs }) => `${key}/${oldestSecs}/${receivedSecs}`)
    .join(',')
}

/** Reads it again; undefined where it is none. */
export function filesOf(follow: string): readonly FollowedFile[] | undefined {
  const files = follow.split(',').map((one): FollowedFile | undefined => {
    const [, key, oldest, received] = /^([0-9a-f-]{36})\/(\d{1,12})\/(\d{1,12})$/.exec(one) ?? []
    if (key === undefined) return undefined
    return { key, oldestSecs: Number(oldest), receivedSecs: Number(received) }
  })
  return files.every((one) => one !== undefined) ? files : undefined
}

const dayS = 86_400
/** A key need not be found the moment after its file was taken: our caution, not documented. */
const listedAfterMs = 5 * 60_000

/**
 * Makes the function that asks what became of files. No answer of Analytics says that hits are visible in reports, so this is our reading: a
 * file is applied when it is known by its idempotency key *and* the documented time has passed since it was received (`reference/solutions.md`
 * §2.2: 20 to 50 minutes, 2 hours or longer where hits are older than 24 hours). A file that is not known was lost.
 */
export function fileFollow(options: {
  readonly collect: CollectClient
  readonly memory: GroupMemory
  readonly settings: Pick<AnalyticsSettings, 'visibleAfterMins' | 'lateVisibleAfterMins'>
  readonly nowMs: () => number
}): (follow: string) => Promise<FollowReceipt> {
  const { collect, memory, settings, nowMs } = options

  return async (follow) => {
    const files = filesOf(follow)
    if (files === undefined) return { status: 'not-applied', code: 'FOLLOW_UNREADABLE' }
    // While the documented time has not passed there is nothing to ask: calls are one a second.
    const afterMs = Math.max(...files.map(leftMs))
    if (afterMs > 0) return { status: 'waiting', afterMs }
    for (const file of files) {
      const receipt = await ask(file)
      if (receipt !== undefined) return receipt
    }
    return { status: 'applied' }
  }

  /** @returns undefined where the file is applied */
  async function ask(file: FollowedFile): Promise<FollowReceipt | undefined> {
    const found = await collect.lookUp(file.key)
    if (found.kind === 'refused') return questionTrouble(notInDoubt(found.refusal))
    if (found.kind === 'found') {
      const { receivedSecs = file.receivedSecs } = found
      const afterMs = leftMs({ ...file, receivedSecs })
      return afterMs > 0 ? { status: 'waiting', afterMs } : undefined
    }
    const youngMs = file.receivedSecs * 1000 + listedAfterMs - nowMs()
    if (youngMs > 0) return { status: 'waiting', afterMs: youngMs }
    memory.forget(file.key)
    const detail = 'Analytics knows no file of this idempotency key'
    return { status: 'not-applied', code: 'FILE_UNKNOWN', detail }
  }

  function leftMs({ oldestSecs, receivedSecs }: FollowedFile): number {
    const late = receivedSecs - oldestSecs > dayS
    const mins = late ? settings.lateVisibleAfterMins : settings.visibleAfterMins
    return Math.max(0, (receivedSecs + mins * 60) * 1000 - nowMs())
  }
}

/** A question that cannot be asked is asked again: no rejection of it says anything of the rows. */
function questionTrouble(because: ReturnType<typeof notInDoubt>): FollowReceipt {
  if (because.status !== 'rejected') return because
  const { code } = because
  return { status: 'retry', code, afterMs: 60_000, scope: 'row', inDoubt: false }
}
