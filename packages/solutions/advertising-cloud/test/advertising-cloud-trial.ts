import { remoteSegmentId, unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionEvent } from '@segue/solution-kit'
import { startSandbox } from '@segue/solution-kit/testing'
import type { SandboxCounterpart, SandboxProcess, Trial } from '@segue/solution-kit/testing'
import type { Segment } from '@segue/model'
import { z } from 'zod'
import { advertisingCloudSettings, advertisingCloudSolution } from '../src/index.ts'
import type { AdvertisingCloudSettingsInput } from '../src/index.ts'

/** An Advertising of the test's own with an adapter pointed at it. */
export interface AdvertisingCloudTrial extends Trial {
  readonly sandbox: SandboxProcess
  readonly settings: AdvertisingCloudSettingsInput
  readonly counterpart: (segment: Segment) => Promise<SandboxCounterpart | undefined>
  /** What became of all lines so far, as the sandbox's read-back counts them: `applied`, `repeated`, `stale`, or a problem. */
  readonly lines: () => Promise<Readonly<Record<string, number>>>
  /** Moves the clocks of both sides. */
  readonly advance: (ms: number) => Promise<void>
  /** The adapter's clock, in epoch milliseconds. */
  readonly nowMs: () => number
  /** A further adapter on the same servers, as after a restart or in another process. */
  readonly another: (
    changes?: Partial<AdvertisingCloudSettingsInput>,
    rateLimiter?: RateLimiter,
  ) => Solution
}

/** A person with all four kinds of id, made from a number. */
export function person(n: number): readonly string[] {
  const hex = n.toString(16).padStart(12, '0')
  return [
    `email_lc_sha256:${`${n}`.padStart(64, 'e')}`,
    `ECID:${`${1_000_000 + n}`.padStart(38, '7')}`,
    `GAID:e4fe9bde-caa0-47b6-908d-${hex}`,
    `IDFA:6D92078A-8246-4BA4-AE5B-${hex.toUpperCase()}`,
  ]
}

/** The call that writes rows, and the one that writes counterparts, as the sandbox names them. */
export const put = 'firehose.putRecordBatch'
export const drop = 's3.putObject'

/** Starts a sandbox and points an adapter at it. */
export async function advertisingCloudTrial(
  options: {
    readonly settings?: Partial<AdvertisingCloudSettingsInput>
    readonly sandbox?: object
    /** Where the adapter's clock stands still; left out, it goes with the machine's. */
    readonly nowMs?: number
  } = {},
): Promise<AdvertisingCloudTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  const { mapping, ...stream } = sandbox.ready.advertisingCloud
  const settings: AdvertisingCloudSettingsInput = {
    ...stream,
    mapping: { ...mapping, forcePathStyle: true },
    ...options.settings,
  }
  const events: SolutionEvent[] = []
  const made: Solution[] = []
  let offsetMs = 0
  const nowMs = () => (options.nowMs ?? Date.now()) + offsetMs
  function make(
    changes: Partial<AdvertisingCloudSettingsInput> = {},
    rateLimiter: RateLimiter = unlimited,
  ): Solution {
    const solution = advertisingCloudSolution({
      settings: advertisingCloudSettings.parse({ ...settings, ...changes }),
      rateLimiter,
      log: (event) => void events.push(event),
      nowMs,
    })
    made.push(solution)
    return solution
  }
  async function counterpart(segment: Segment): Promise<SandboxCounterpart | undefined> {
    const all = await sandbox.counterparts('advertising-cloud')
    return all.find((one) => one.segment === remoteSegmentId(segment))
  }
  return {
    sandbox,
    settings,
    solution: make(),
    events,
    person,
    nowMs,
    lines: async () => {
      const answer = await fetch(new URL('/dsp/lines', stream.firehoseUrl))
      return z.object({ lines: z.record(z.string(), z.int()) }).parse(await answer.json()).lines
    },
    counterpart,
    another: make,
    advance: async (ms) => {
      await sandbox.advance(ms)
      offsetMs += ms
    },
    members: async (segment) => (await counterpart(segment))?.members ?? [],
    counterpartName: async (segment) => (await counterpart(segment))?.name,
    settle: () => sandbox.process(),
    calls: async () => ({ all: (await sandbox.requests('advertising-cloud')).length, token: 0 }),
    expireToken: () => Promise.resolve(),
    answerWrites: (code) =>
      sandbox.faults({ 'advertising-cloud': [{ operation: put, answer: code, times: 1_000 }] }),
    clearFaults: () => sandbox.clearFaults(),
    hangNextWrite: () =>
      sandbox.faults({ 'advertising-cloud': [{ operation: put, answer: 'apply-hang' }] }),
    secrets: [stream.secretAccessKey, mapping.secretAccessKey],
    close: async () => {
      await Promise.all(made.map((solution) => solution.close()))
      await sandbox.close()
    },
  }
}
