import { misconfigured, readJson, refusal } from '@segue/solution-kit'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import { z } from 'zod'
import type { CallAdobe } from './adobe-client.ts'

/** Looks after imports that were taken and may still fail: a column that the dataset does not have shows only in the job's state. */
export interface ImportJobs {
  /** Looks at a job that has just begun; the receipt of its changes where it has failed already. */
  readonly begun: (jobId: string) => Promise<Refusal | undefined>
  /** Looks again at those that had not ended, and says which failed. */
  readonly review: () => Promise<void>
}

/** Unfinished jobs that are kept in mind; of more, the oldest are let go. */
const maxOpen = 20

const jobShape = z.object({ state: z.string() })
const failedStates = new Set(['failed_validation', 'failed_processing'])
const endStates = new Set(['completed', 'done_processing'])

/**
 * Makes the watch over import jobs, by `GET …/classifications/job/{id}` (in Adobe's pages on the Classifications API; `reference/solutions.md` §2.3 has
 * the import only). A look that fails is no trouble: the names may be right all the same.
 */
export function importJobs(options: {
  readonly call: CallAdobe
  readonly companyId: string
  readonly log: SolutionLog
}): ImportJobs {
  const { call, companyId, log } = options
  const open = new Set<string>()

  async function stateOf(jobId: string): Promise<'failed' | 'ended' | 'open'> {
    const path = `/api/${companyId}/classifications/job/${encodeURIComponent(jobId)}`
    const outcome = await call({ method: 'GET', path })
    const state =
      outcome.kind === 'answer' ? readJson(jobShape, outcome.response.body)?.state : undefined
    if (state === undefined) return 'open'
    if (failedStates.has(state)) return 'failed'
    return endStates.has(state) ? 'ended' : 'open'
  }

  async function begun(jobId: string): Promise<Refusal | undefined> {
    const state = await stateOf(jobId)
    if (state === 'failed') return notImported
    if (state === 'ended') return undefined
    open.add(jobId)
    for (const oldest of open) if (open.size > maxOpen) open.delete(oldest)
    return undefined
  }

  async function review(): Promise<void> {
    for (const jobId of open) {
      const state = await stateOf(jobId)
      if (state === 'open') continue
      open.delete(jobId)
      if (state === 'failed') {
        log({ level: 'error', event: 'names_not_imported', fields: { job: jobId } })
      }
    }
  }

  return { begun, review }
}

const notImported = refusal(
  'NAMES_NOT_IMPORTED',
  misconfigured('nameColumn'),
  'the import of names failed: look at the job in Analytics, and at the columns of the dataset',
)
