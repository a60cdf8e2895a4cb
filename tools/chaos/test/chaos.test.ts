import { expect, test, vi } from 'vitest'
import type { Round } from '../src/plan/fault.ts'
import { runChaos } from '../src/run.ts'

vi.setConfig({ testTimeout: 240_000 })

/** Everything at once, in the shortest time in which a lease ends. A drawn schedule takes longer: `npm run chaos`. */
const rounds: readonly Round[] = [
  {
    number: 1,
    faults: [
      {
        kind: 'kill-both',
        atMs: 600,
        forMs: 1_500,
        on: ['processor-1', 'gateway-1'],
        how: 'new-name',
      },
      { kind: 'pause-processor', atMs: 900, forMs: 6_000, on: ['processor-2'] },
      { kind: 'restart-redis', atMs: 3_500, forMs: 300, on: ['redis'] },
    ],
  },
]

test('a processor and a gateway are killed, another processor sleeps past its lease, Redis starts again: every solution ends as the oracle says', async () => {
  const said: string[] = []
  const written: string[] = []
  const report = await runChaos({
    seed: 1,
    rounds,
    checkEvery: 1,
    updatesPerSecond: 200,
    updatesPerRound: 1_200,
    profiles: 400,
    idleWithinMs: 120_000,
    say: (line) => said.push(line),
    write: (line) => written.push(line),
    signal: new AbortController().signal,
  })
  expect(
    report.faulty.length === 0 ? [] : [...report.faulty, ...said, ...written.slice(-40)],
  ).toEqual([])
  expect(report.accepted).toBe(1_200)
  expect(report.checks).toMatchObject([
    { afterRound: 1, compared: 1_200, lost: 0, stale: 0, unbalanced: [] },
  ])
  expect(report.checks[0]?.lines).toBeGreaterThan(100)
  // It was worth its while: something had to be taken over, and some requests had to be sent again.
  expect(report.takeOvers.length).toBeGreaterThan(0)
  expect(report.client.unanswered).toBeGreaterThan(0)
})
