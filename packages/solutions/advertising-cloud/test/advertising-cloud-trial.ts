import { unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution } from '@segue/solution-kit'
import { sandboxTrial, startSandbox } from '@segue/solution-kit/testing'
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
  let offsetMs = 0
  const nowMs = () => (options.nowMs ?? Date.now()) + offsetMs
  const parts = sandboxTrial({
    sandbox,
    name: 'advertising-cloud',
    make: (
      log,
      changes: Partial<AdvertisingCloudSettingsInput> = {},
      rateLimiter: RateLimiter = unlimited,
    ) =>
      advertisingCloudSolution({
        settings: advertisingCloudSettings.parse({ ...settings, ...changes }),
        rateLimiter,
        log,
        nowMs,
      }),
  })
  return {
    ...parts,
    settings,
    solution: parts.another(),
    person,
    nowMs,
    lines: async () => {
      const answer = await fetch(new URL('/dsp/lines', stream.firehoseUrl))
      return z.object({ lines: z.record(z.string(), z.int()) }).parse(await answer.json()).lines
    },
    advance: async (ms) => {
      await sandbox.advance(ms)
      offsetMs += ms
    },
    settle: () => sandbox.process(),
    expireToken: () => Promise.resolve(),
    answerWrites: (code) =>
      sandbox.faults({ 'advertising-cloud': [{ operation: put, answer: code, times: 1_000 }] }),
    hangNextWrite: () =>
      sandbox.faults({ 'advertising-cloud': [{ operation: put, answer: 'apply-hang' }] }),
    secrets: [stream.secretAccessKey, mapping.secretAccessKey],
  }
}
