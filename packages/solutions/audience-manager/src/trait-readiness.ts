import { LRUCache } from 'lru-cache'
import { notInDoubt, refusal, retryRow, segmentGone } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { catalogueItem } from './catalogue-item.ts'
import type { CallRest } from './rest-client.ts'

/** Answers for a trait whether a file may use it now; the receipt of its rows where not. */
export type TraitReadiness = (sid: string) => Promise<Refusal | undefined>

const cacheSize = 100_000

/**
 * Makes the function that keeps rows from being lost on a young trait: a file that is uploaded sooner than about 4 hours after its trait was made
 * does not find it (`reference/solutions.md` §1.3), and says so only in its counters. The age is the trait's own `createTime`, asked for once; where
 * Audience Manager does not give it, the trait counts as ready.
 */
export function traitReadiness(options: {
  readonly call: CallRest
  readonly readyAfterMs: number
  readonly nowMs: () => number
}): TraitReadiness {
  const { call, readyAfterMs, nowMs } = options
  const readyAt = new LRUCache<string, number>({ max: cacheSize })

  return async (sid) => {
    if (readyAfterMs === 0) return undefined
    const atMs = readyAt.get(sid) ?? (await ask(sid))
    if (typeof atMs !== 'number') return atMs
    readyAt.set(sid, atMs)
    const leftMs = atMs - nowMs()
    if (leftMs <= 0) return undefined
    const detail = 'files find a trait only some hours after it was made'
    return refusal('TRAIT_NOT_READY', retryRow(leftMs, false), detail)
  }

  async function ask(sid: string): Promise<number | Refusal> {
    const outcome = await call({ method: 'GET', path: `traits/${sid}` })
    if (outcome.kind === 'refused')
      return outcome.status === 404 ? gone : notInDoubt(outcome.refusal)
    const trait = catalogueItem.safeParse(outcome.body)
    if (!trait.success) return refusal('ANSWER_UNREADABLE', retryRow(1_000, false))
    const { createTime } = trait.data
    return createTime === undefined || createTime === null ? 0 : createTime + readyAfterMs
  }
}

const gone = refusal(segmentGone, retryRow(1_000, false), 'the trait is gone')
