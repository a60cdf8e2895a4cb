import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'
import { isObject } from '../json/json.ts'
import { apiRefused } from './errors.ts'
import type { AnalyticsSettings } from './settings.ts'

/** One row of an import. */
interface ImportRow {
  readonly key: string
  readonly action: 'update' | 'delete-field' | 'delete-key'
  readonly cells: Readonly<Record<string, string>>
}

/** A classification job as the API answers it. */
export interface ClassificationJob {
  readonly jobId: string
  readonly datasetId: string
  readonly name: string
  readonly type: 'import'
  state: 'queued' | 'completed' | 'failed_validation'
  totalLines: number
  noeffectLines: number
  readonly history: { readonly timestamp: string; readonly jobState: string; message: string }[]
}

interface WaitingImport {
  readonly jobId: string
  readonly dueMs: number
  readonly overwrite: boolean
  readonly rows: readonly ImportRow[]
}

/** The classification dataset of the segment variable (reference §2.3). */
export interface Classifications {
  /** @throws AnalyticsRefused for a body that is no import */
  readonly importJson: (body: Readonly<Record<string, unknown>>) => ClassificationJob
  readonly job: (jobId: string) => ClassificationJob | undefined
  readonly keys: () => IterableIterator<string>
  /** A classified value; undefined where there is none. */
  readonly cell: (key: string, column: string) => string | undefined
  readonly pending: () => number
  readonly processNow: () => void
  readonly snapshot: () => ClassificationsState
  readonly restore: (state: ClassificationsState) => void
}

export interface ClassificationsState {
  readonly table: readonly (readonly [key: string, cells: Readonly<Record<string, string>>])[]
  readonly jobs: readonly ClassificationJob[]
  readonly waiting: readonly WaitingImport[]
}

/** What a removed cell shows. */
const emptyCell = '~empty~'
const jobsKept = 1000

export function createClassifications(
  settings: AnalyticsSettings,
  clock: Clock,
  touch: () => void,
): Classifications {
  const table = new Map<string, Record<string, string>>()
  const jobs = new Map<string, ClassificationJob>()
  let waiting: WaitingImport[] = []

  const say = (job: ClassificationJob, jobState: string, message: string): void => {
    const timestamp = new Date(clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ')
    job.history.push({ timestamp, jobState, message })
  }

  /** False where the row changed nothing. */
  const apply = ({ key, action, cells }: ImportRow, overwrite: boolean): boolean => {
    if (action === 'delete-key') return table.delete(key)
    const held = table.get(key) ?? {}
    table.set(key, held)
    let changed = false
    for (const [column, value] of Object.entries(cells)) {
      const next = action === 'delete-field' ? emptyCell : value
      const before = held[column]
      // An import that does not overwrite only fills what is empty [I].
      const isTaken = before !== undefined && before !== emptyCell
      if (action === 'update' && (value === '' || (isTaken && !overwrite))) continue
      if (before === next) continue
      held[column] = next
      changed = true
    }
    return changed
  }

  const run = ({ jobId, overwrite, rows }: WaitingImport): void => {
    const job = jobs.get(jobId)
    const stray = rows
      .flatMap(({ cells }) => Object.keys(cells))
      .find((column) => !settings.datasetColumns.includes(column))
    if (stray !== undefined) {
      if (job === undefined) return
      job.state = 'failed_validation'
      say(job, job.state, `Column ${JSON.stringify(stray)} is not in the dataset.`)
      return
    }
    let effects = 0
    for (const row of rows) if (apply(row, overwrite)) effects += 1
    if (job === undefined) return
    job.state = 'completed'
    job.noeffectLines = rows.length - effects
    say(job, job.state, `Successfully imported ${rows.length}/${rows.length} records.`)
  }

  const runDue = (isDue: (job: WaitingImport) => boolean): void => {
    const due = waiting.filter(isDue)
    if (due.length === 0) return
    waiting = waiting.filter((one) => !isDue(one))
    for (const one of due) run(one)
    touch()
  }

  const waitFor = (one: WaitingImport): void => {
    waiting.push(one)
    clock.at(one.dueMs, () => runDue(({ dueMs }) => dueMs <= clock.nowMs()))
  }

  return {
    importJson: (body) => {
      if (body['dataFormat'] !== 'json') {
        throw apiRefused(400, 'invalid_data', 'dataFormat must be json')
      }
      const { data, jobName, keyOptions } = body
      if (!Array.isArray(data) || data.length === 0) {
        throw apiRefused(400, 'invalid_data', 'data must be a list of rows')
      }
      const rows = data.map(rowOf)
      const job: ClassificationJob = {
        jobId: randomUUID(),
        datasetId: settings.datasetId,
        name: typeof jobName === 'string' ? jobName : '',
        type: 'import',
        state: 'queued',
        totalLines: rows.length,
        noeffectLines: 0,
        history: [],
      }
      say(job, 'created', 'Created import job via API')
      say(job, 'queued', 'Job queued and ready for processing.')
      jobs.set(job.jobId, job)
      for (const oldest of jobs.keys()) {
        if (jobs.size <= jobsKept) break
        jobs.delete(oldest)
      }
      const overwrite = isObject(keyOptions) && keyOptions['overwrite'] === true
      waitFor({ jobId: job.jobId, dueMs: clock.nowMs() + settings.importLagMs, overwrite, rows })
      touch()
      return job
    },
    job: (jobId) => jobs.get(jobId),
    keys: () => table.keys(),
    cell: (key, column) => table.get(key)?.[column],
    pending: () => waiting.length,
    processNow: () => runDue(() => true),
    snapshot: () => ({ table: [...table], jobs: [...jobs.values()], waiting }),
    restore: (state) => {
      for (const [key, cells] of state.table) table.set(key, { ...cells })
      for (const job of state.jobs) jobs.set(job.jobId, { ...job, history: [...job.history] })
      for (const one of state.waiting) waitFor(one)
    },
  }
}

/** @throws AnalyticsRefused */
function rowOf(given: unknown, index: number): ImportRow {
  const refuse = (why: string): never => {
    throw apiRefused(400, 'invalid_data', `data[${index}]: ${why}`)
  }
  if (!isObject(given)) return refuse('must be an object')
  const { key, action = 'update', data = {} } = given
  if (typeof key !== 'string' || key === '') return refuse('key must be a string')
  if (action !== 'update' && action !== 'delete-field' && action !== 'delete-key') {
    return refuse('action must be delete-field or delete-key')
  }
  if (!isObject(data)) return refuse('data must be an object')
  const cells: Record<string, string> = {}
  for (const [column, value] of Object.entries(data)) {
    if (typeof value !== 'string') return refuse(`${column} must be a string`)
    cells[column] = value
  }
  return { key, action, cells }
}
