import { unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution } from '@segue/solution-kit'
import { sandboxTrial, startSandbox } from '@segue/solution-kit/testing'
import type { SandboxProcess, Trial } from '@segue/solution-kit/testing'
import { marketoSettings, marketoSolution } from '../src/index.ts'
import type { MarketoSettingsInput } from '../src/index.ts'

/** A Marketo of the test's own with an adapter pointed at it. */
export interface MarketoTrial extends Trial {
  readonly sandbox: SandboxProcess
  /** Moves the clocks of both sides. */
  readonly advance: (ms: number) => Promise<void>
  /** A further adapter on the same server. */
  readonly another: (settings: Partial<MarketoSettingsInput>) => Solution
}

/** A person's hashed mail and ECID, made from a number. */
export function person(n: number): readonly string[] {
  return [
    `email_lc_sha256:${`${n}`.padStart(64, 'e')}`,
    `ECID:${`${1_000_000 + n}`.padStart(38, '4')}`,
  ]
}

const people = 1_000

/** Starts a sandbox, tells Marketo of a thousand people, and points an adapter with a short time-out at it. */
export async function marketoTrial(
  options: {
    readonly settings?: Partial<MarketoSettingsInput>
    readonly sandbox?: object
    readonly rateLimiter?: RateLimiter
  } = {},
): Promise<MarketoTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  await sandbox.seed(
    'marketo',
    Array.from({ length: people }, (_, n) => {
      const [hash = '', ecid = ''] = person(n).map((identity) => identity.split(':')[1])
      return { emailSHA256: hash, ecid }
    }),
  )
  const { url, identityUrl, clientId, clientSecret, folderId } = sandbox.ready.marketo
  let offsetMs = 0
  const parts = sandboxTrial({
    sandbox,
    name: 'marketo',
    tokenOperation: 'identity.token',
    make: (log, settings: Partial<MarketoSettingsInput> = {}) =>
      marketoSolution({
        settings: marketoSettings.parse({
          url,
          identityUrl,
          clientId,
          clientSecret,
          listFolderId: folderId,
          answerTimeoutMs: 1_000,
          ...settings,
        }),
        rateLimiter: options.rateLimiter ?? unlimited,
        log,
        nowMs: () => Date.now() + offsetMs,
      }),
  })
  return {
    ...parts,
    solution: parts.another(options.settings),
    person,
    advance: async (ms) => {
      await sandbox.advance(ms)
      offsetMs += ms
    },
    answerWrites: (code) =>
      sandbox.faults({
        marketo: {
          rates: ['lists.add', 'lists.remove'].map((operation) => ({
            operation,
            rate: 1,
            answers: [code],
          })),
        },
      }),
    settle: () => Promise.resolve(),
    largestWrite: async () => {
      const requests = await sandbox.requests('marketo')
      return Math.max(
        0,
        ...requests.map(({ operation, rows }) =>
          operation === 'lists.add' || operation === 'lists.remove' ? (rows ?? []).length : 0,
        ),
      )
    },
    expireToken: () => sandbox.advance(2 * 3_600_000),
    hangNextWrite: () =>
      sandbox.faults({ marketo: [{ operation: 'lists.remove', answer: 'apply-hang' }] }),
    secrets: [clientSecret],
  }
}
