import { unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution } from '@segue/solution-kit'
import { sandboxToken, sandboxTrial, startSandbox } from '@segue/solution-kit/testing'
import type { SandboxProcess, Trial } from '@segue/solution-kit/testing'
import { targetSettings, targetSolution } from '../src/index.ts'
import type { TargetSettingsInput } from '../src/index.ts'

/** A Target of the test's own with an adapter pointed at it. */
export interface TargetTrial extends Trial {
  readonly sandbox: SandboxProcess
  /** A further adapter on the same server. */
  readonly another: (settings: Partial<TargetSettingsInput>) => Solution
}

/** A person's hashed mail and ECID, made from a number. */
export function person(n: number): readonly string[] {
  return [
    `email_lc_sha256:${`${n}`.padStart(64, 'e')}`,
    `ECID:${`${1_000_000 + n}`.padStart(38, '4')}`,
  ]
}

/** Starts a sandbox and points an adapter with a short time-out at it. */
export async function targetTrial(
  options: {
    readonly settings?: Partial<TargetSettingsInput>
    readonly sandbox?: object
    readonly rateLimiter?: RateLimiter
  } = {},
): Promise<TargetTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  const { profileAuthentication: _asked, ...at } = sandbox.ready.target
  const parts = sandboxTrial({
    sandbox,
    name: 'target',
    tokenOperation: 'ims.token',
    make: (log, settings: Partial<TargetSettingsInput> = {}) =>
      targetSolution({
        settings: targetSettings.parse({ ...at, answerTimeoutMs: 1_000, ...settings }),
        rateLimiter: options.rateLimiter ?? unlimited,
        log,
      }),
  })
  return {
    ...parts,
    solution: parts.another(options.settings),
    person,
    shows: async (object) => {
      if (object.kind === 'audience') return parts.shows(object)
      const rules = await Promise.all(
        (await sandbox.counterparts('target')).map(async ({ remoteId }) => {
          const answer = await fetch(`${at.adminUrl}/${at.tenant}/target/audiences/${remoteId}`, {
            headers: {
              authorization: `Bearer ${await sandboxToken(at)}`,
              'x-api-key': at.clientId,
              accept: 'application/vnd.adobe.target.v3+json',
            },
          })
          return JSON.stringify(await answer.json())
        }),
      )
      return rules.some((rule) =>
        rule.includes(`{"profile":"${object.name}","equals":["realized"]}`),
      )
    },
    settle: sandbox.process,
    expireToken: () => sandbox.advance(25 * 3_600_000),
    /** @param code the operation, a blank, and what it answers */
    answerWrites: (code) => {
      const [operation = '', answer = ''] = code.split(' ')
      return sandbox.faults({ target: { rates: [{ operation, rate: 1, answers: [answer] }] } })
    },
    hangNextWrite: () =>
      sandbox.faults({ target: [{ operation: 'batch.update', answer: 'apply-hang' }] }),
    secrets: [at.clientSecret],
  }
}
