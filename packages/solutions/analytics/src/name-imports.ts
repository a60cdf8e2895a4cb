import { halves, readJson, refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { z } from 'zod'
import type { CallAdobe } from './adobe-client.ts'
import type { ImportJobs } from './import-jobs.ts'
import type { AnalyticsSettings } from './settings.ts'

/** One change of the classification: a segment gets a name, or loses its entry. */
export interface NameChange {
  readonly segmentId: string
  /** Undefined: the entry is deleted. */
  readonly name?: string
}

/** Makes a change; undefined: Analytics took it. */
export type ImportName = (change: NameChange) => Promise<Refusal | undefined>

interface Waiting {
  readonly change: NameChange
  readonly done: (outcome: Refusal | undefined) => void
}

/** Entries of one import; 50 MB are allowed, and one has less than 2 kB. */
const maxEntries = 5_000

const started = z.object({ import_job_id: z.string().nullish(), api_job_id: z.string().nullish() })

/**
 * Makes the function that changes names by classification import (`reference/solutions.md` §2.3). One import runs at a time and takes all changes that
 * came meanwhile: activating a hundred segments is two calls, and two changes of one segment keep their order.
 */
export function nameImports(options: {
  readonly call: CallAdobe
  readonly jobs: ImportJobs
  readonly settings: Pick<AnalyticsSettings, 'companyId' | 'nameColumn'>
  readonly datasetId: string
}): ImportName {
  const { call, jobs, settings, datasetId } = options
  const waiting: Waiting[] = []
  let running = false

  return (change) =>
    new Promise((resolve) => {
      waiting.push({ change, done: resolve })
      if (!running) void run()
    })

  async function run(): Promise<void> {
    running = true
    // What is asked for in this same turn goes into the first import.
    await Promise.resolve()
    await jobs.review()
    while (waiting.length > 0) await importAll(nextBatch())
    running = false
  }

  /** The changes from the front, each segment once: a second change of one waits for the next import. */
  function nextBatch(): readonly Waiting[] {
    const ids = new Set<string>()
    let count = 0
    for (const { change } of waiting) {
      if (count >= maxEntries || ids.has(change.segmentId)) break
      ids.add(change.segmentId)
      count += 1
    }
    return waiting.splice(0, count)
  }

  /** One refused entry must not keep the others from their names: a refused import is cut in two. */
  async function importAll(batch: readonly Waiting[]): Promise<void> {
    const { refused, about } = await post(batch.map(({ change }) => change))
    const parts = about === 'entries' ? halves(batch) : undefined
    if (parts !== undefined) {
      for (const part of parts) await importAll(part)
      return
    }
    for (const { done } of batch) done(refused)
  }

  async function post(
    changes: readonly NameChange[],
  ): Promise<{ readonly refused?: Refusal; readonly about?: 'entries' }> {
    const path = `/api/${settings.companyId}/classifications/job/import/json/${datasetId}`
    const outcome = await call({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        dataFormat: 'json',
        encoding: 'UTF8',
        jobName: 'AEP segment names',
        keyOptions: { byte_length: 0, type: 'string', overwrite: true },
        data: changes.map(entryOf),
      }),
    })
    if (outcome.kind === 'refused') {
      const cuttable = outcome.response?.status === 400 || outcome.response?.status === 413
      return { refused: outcome.refusal, ...(cuttable ? { about: 'entries' } : {}) }
    }
    const job = readJson(started, outcome.response.body)
    const jobId = job?.import_job_id ?? job?.api_job_id
    if (typeof jobId !== 'string') {
      return { refused: refusal('ANSWER_UNREADABLE', retryRow(5_000, true)) }
    }
    const failure = await jobs.begun(jobId)
    return failure === undefined ? {} : { refused: failure }
  }

  function entryOf({ segmentId, name }: NameChange): object {
    if (name === undefined) return { key: segmentId, action: 'delete-key' }
    return { key: segmentId, data: { [settings.nameColumn]: name } }
  }
}
