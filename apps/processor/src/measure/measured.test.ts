import type { Job, JobOutcome, JobQueue } from '@segue/activation'
import type {
  Commit,
  CommitOutcome,
  Ledger,
  PartitionStore,
  Ports,
  Settlement,
} from '@segue/runtime'
import { memoryPorts, simulatedClock } from '@segue/runtime/testing'
import { createMetrics } from '@segue/telemetry'
import { expect, test } from 'vitest'
import { measuredPorts } from './measured-ports.ts'
import { createQueueMeter } from './measured-queue.ts'

const settle: Ledger['settle'] = () => Promise.resolve(['lost'])
const nothing = (): Promise<void> => Promise.resolve()

function inMemory(): Ports {
  return memoryPorts({ partitionCount: 1, clock: simulatedClock(0) })
}

test('commits are counted by what became of them, and records only where they were committed', async () => {
  const metrics = createMetrics()
  const ports = inMemory()
  const outcomes: (CommitOutcome | Error)[] = [
    { status: 'committed', opened: [], nextDueMs: 0 },
    { status: 'fenced' },
    new Error('no answer'),
  ]
  const commit: PartitionStore['commit'] = async () => {
    const outcome = outcomes.shift()
    if (outcome === undefined || outcome instanceof Error) throw outcome
    return outcome
  }
  const { store } = measuredPorts({ ...ports, store: { ...ports.store, commit } }, metrics, 'prod')
  const slice: Commit = {
    owner: 'one:1',
    expectedOffset: '0-0',
    offset: '1-0',
    dataflowsVersion: 0,
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: [],
    counters: new Map([['steppedRecords', 7]]),
    books: new Map(),
  }
  await store.commit(0, slice)
  await store.commit(0, slice)
  await expect(store.commit(0, slice)).rejects.toThrow('no answer')

  const { body } = await metrics.exposition()
  expect(body).toContain('segue_records_stepped_total{sandbox="prod"} 7')
  for (const outcome of ['committed', 'fenced', 'unanswered']) {
    expect(body).toContain(`segue_commits_total{sandbox="prod",outcome="${outcome}"} 1`)
  }
  expect(body).toContain('segue_commit_duration_seconds_count{sandbox="prod"} 3')
  expect(body).toContain('segue_commit_records_sum{sandbox="prod"} 7')
})

test('settled rows are counted without their codes, and not where the claim was lost', async () => {
  const metrics = createMetrics()
  const ports = inMemory()
  const given = { ...ports, ledger: { ...ports.ledger, settle } }
  const { ledger } = measuredPorts(given, metrics, 'prod')
  const outcomes = [
    { row: 0, profileKey: 'a', outcome: 'excluded:NO_IDENTITY' },
    { row: 1, profileKey: 'b', outcome: 'excluded:CONSENT' },
    { row: 2, profileKey: 'lost', outcome: 'activated' },
  ]
  const bucket = { dataflow: 'flow', dueMs: 0, generation: 0 }
  const settlement: Settlement = {
    dataflow: 'flow',
    solution: 'marketo',
    token: Buffer.of(1),
    entries: [],
    rows: [{ range: { bucket, solution: 'marketo', from: 0, to: 0 }, outcomes }],
    resent: [],
    deadLetters: [],
  }
  await ledger.settle(0, settlement)

  const { body } = await metrics.exposition()
  expect(body).toContain(
    'segue_rows_settled_total{sandbox="prod",solution="marketo",outcome="excluded"} 2',
  )
  expect(body).not.toContain('outcome="activated"')
})

test('jobs are counted by how they end, and those in work have an age', async () => {
  const metrics = createMetrics()
  const meter = createQueueMeter(metrics, 'prod')
  let run: ((job: Job<string>) => Promise<JobOutcome<string>>) | undefined
  const queue: JobQueue<string> = {
    add: nothing,
    ensure: nothing,
    hasten: nothing,
    close: nothing,
    counts: () => Promise.resolve({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
    work: (given) => {
      run = given
      return Promise.resolve({ close: () => Promise.resolve() })
    },
  }
  const held = Promise.withResolvers<JobOutcome<string>>()
  const answers: Promise<JobOutcome<string>>[] = [
    Promise.resolve({ status: 'again', afterMs: 1, payload: '' }),
    held.promise,
  ]
  await meter
    .measured('activation', queue)
    .work(() => answers.shift() ?? Promise.reject(new Error('broken')), { concurrency: 1 })
  const job = { id: 'a', payload: '' }
  await run?.(job)
  const running = run?.(job)
  await expect(run?.(job)).rejects.toThrow('broken')
  meter.gather()
  const { body } = await metrics.exposition()
  const age = /segue_job_oldest_seconds\{sandbox="prod",queue="activation"\} (\S+)/.exec(body)?.[1]
  expect(Number(age)).toBeGreaterThan(0)
  expect(body).toContain('segue_jobs_total{sandbox="prod",queue="activation",outcome="again"} 1')
  expect(body).toContain('segue_jobs_total{sandbox="prod",queue="activation",outcome="failed"} 1')

  held.resolve({ status: 'done' })
  await running
  meter.gather()
  const after = await metrics.exposition()
  expect(after.body).toContain('segue_job_oldest_seconds{sandbox="prod",queue="activation"} 0')
  expect(after.body).toContain('outcome="done"} 1')
})
