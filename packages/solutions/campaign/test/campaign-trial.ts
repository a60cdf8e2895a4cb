import { remoteSegmentId, unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution } from '@segue/solution-kit'
import { sandboxTrial, startSandbox } from '@segue/solution-kit/testing'
import type { SandboxProcess, SandboxRequest, Trial } from '@segue/solution-kit/testing'
import { campaignSettings, campaignSolution } from '../src/index.ts'
import type { CampaignSettings, CampaignSettingsInput } from '../src/index.ts'
import { classicClient, standardClient } from './other-clients.ts'

export type Edition = CampaignSettings['edition']

/** A Campaign of the test's own with an adapter pointed at it. */
export interface CampaignTrial extends Trial {
  readonly sandbox: SandboxProcess
  /** A further adapter on the same server. */
  readonly another: (settings: object) => Solution
  /** Calls that the server had after this one. */
  readonly requestsAfter: (seq: number) => Promise<readonly SandboxRequest[]>
}

/** A person's hashed mail and ECID, made from a number. */
export function person(n: number): readonly string[] {
  return [
    `email_lc_sha256:${`${n}`.padStart(64, 'e')}`,
    `ECID:${`${1_000_000 + n}`.padStart(38, '4')}`,
  ]
}

const people = 1_000

/** What the sandbox calls the operations that matter here. */
export const operations = {
  standard: {
    token: 'ims.token',
    lookUp: 'profiles.byKey',
    add: 'subscriptions.create',
    list: 'subscriptions.list',
    remove: 'subscriptions.delete',
  },
  classic: {
    token: 'session.logon',
    lookUp: 'queryDef.executeQuery',
    add: 'persist.writeCollection',
    list: 'queryDef.executeQuery',
    remove: 'persist.writeCollection',
  },
} as const

/** Starts a sandbox, tells Campaign of a thousand people, and points an adapter of one edition with a short time-out at it. */
export async function campaignTrial(
  edition: Edition,
  options: {
    readonly settings?: object
    readonly sandbox?: object
    readonly rateLimiter?: RateLimiter
  } = {},
): Promise<CampaignTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  await sandbox.seed(
    'campaign',
    Array.from({ length: people }, (_, n) => {
      const [hash = '', ecid = ''] = person(n).map((identity) => identity.split(':')[1])
      return { emailSHA256: hash, ecid }
    }),
  )
  const { standard, classic } = sandbox.ready.campaign
  const credentials: CampaignSettingsInput =
    edition === 'standard' ? { edition, ...standard } : { edition, ...classic }
  const { token, add, remove } = operations[edition]
  const parts = sandboxTrial({
    sandbox,
    name: 'campaign',
    tokenOperation: token,
    make: (log, settings: object = {}) =>
      campaignSolution({
        settings: campaignSettings.parse({ ...credentials, answerTimeoutMs: 3_000, ...settings }),
        rateLimiter: options.rateLimiter ?? unlimited,
        log,
      }),
  })
  return {
    ...parts,
    solution: parts.another(options.settings),
    person,
    counterpartName: (segment) =>
      edition === 'standard'
        ? standardClient(sandbox).serviceLabel(remoteSegmentId(segment))
        : classicClient(sandbox).groupLabel(remoteSegmentId(segment)),
    settle: () => Promise.resolve(),
    requestsAfter: (seq) => sandbox.requests('campaign', seq),
    expireToken: () => sandbox.advance(25 * 3_600_000),
    answerWrites: (code) =>
      sandbox.faults({ campaign: [{ operation: add, answer: code, times: 1_000 }] }),
    hangNextWrite: () =>
      sandbox.faults({ campaign: [{ operation: remove, answer: 'apply-hang' }] }),
    secrets: [edition === 'standard' ? standard.clientSecret : classic.password],
  }
}
