import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRedis, redisTlsOf } from '@segue/redis'
import { launcherName } from '../redis/redis-connection.ts'
import { buildReport, memberDifferences, unbalancedBooks, type Report } from '../report.ts'
import { booksOf, noBooks } from './flow-books.ts'
import { readDisturbed } from './fault-plan.ts'
import { readStatus, type Gateway, type StreamCounts } from './gateway.ts'
import { namespaces, partitionCount, sandboxName, solutions, type Run } from './run.ts'
import { sandboxIsIdle, sandboxMembers, type SandboxReady } from './sandbox.ts'
import { stateMembers } from './state-members.ts'

/** Waits until nothing is under way anywhere; twice in a row, since what one part finishes another may take up. */
export async function untilIdle(gateway: Gateway, sandbox: SandboxReady): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    const idle = (await readStatus(gateway)).idle && (await sandboxIsIdle(sandbox.control))
    quiet = idle ? quiet + 1 : 0
    if (quiet < 2) await sleep(200)
  }
}

/** A run of which everything is delivered. */
export interface Finished {
  readonly redisUrl: string
  readonly gateway: Gateway
  /** Ids of the flows that the run is about. */
  readonly flows: readonly string[]
  readonly sandbox: SandboxReady
  readonly counts: StreamCounts
}

/** How often the comparison is tried: a membership may expire while it is made. */
const comparisons = 5

/** Writes the report and says whether all is well. */
export async function conclude(run: Run, finished: Finished): Promise<number> {
  const { options, progress } = run
  const sandbox = finished.sandbox.control
  let differences: string[] = []
  let report: Report | undefined
  for (let attempt = 0; attempt < comparisons; attempt += 1) {
    const compared = await compare(finished)
    report = compared.report
    differences = compared.differences
    if (differences.length === 0) break
    await untilIdle(finished.gateway, finished.sandbox)
  }
  if (report === undefined) return 1
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(report, undefined, 2)}\n`)
  }
  const faults = [...unbalancedBooks(report), ...differences]
  progress.end()
  for (const fault of faults) progress.say(fault)
  if (options.faultShare > 0) {
    for (const [solution, { calls, faults: disturbed }] of await readDisturbed(sandbox)) {
      progress.say(`${solution}: ${disturbed} of ${calls} calls failed on purpose`)
    }
  }
  progress.say(
    faults.length === 0
      ? `all delivered and applied: the books balance, and every solution holds what the state says`
      : `${faults.length} faults: the report ${options.report ?? ''} has the books`,
  )
  return faults.length === 0 ? 0 : 1
}

async function compare({
  redisUrl,
  gateway,
  flows,
  sandbox,
  counts,
}: Finished): Promise<{ report: Report; differences: string[] }> {
  const status = await readStatus(gateway)
  const redis = await openRedis({
    url: redisUrl,
    tls: redisTlsOf(process.env),
    clientName: launcherName,
    warn: () => {},
  })
  try {
    const expected = await stateMembers(redis, sandboxName, partitionCount, namespaces)
    const held = await sandboxMembers(sandbox.control)
    const differences = solutions.flatMap((solution) =>
      memberDifferences(
        solution,
        expected.get(solution) ?? new Map(),
        held.get(solution) ?? new Map(),
      ),
    )
    const books = booksOf(status.books, flows)
    const report = buildReport({
      events: counts,
      memberships: status.memberships,
      solutions: Object.fromEntries(
        solutions.map((solution) => [
          solution,
          {
            books: books[solution] ?? noBooks,
            members: held.get(solution) ?? new Map(),
          },
        ]),
      ),
    })
    return { report, differences }
  } finally {
    redis.disconnect()
  }
}
