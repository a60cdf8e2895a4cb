import { remoteSegmentId, unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution, SolutionEvent } from '@segue/solution-kit'
import { startSandbox } from '@segue/solution-kit/testing'
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
  const events: SolutionEvent[] = []
  const made: Solution[] = []
  function make(settings: object = {}): Solution {
    const solution = campaignSolution({
      settings: campaignSettings.parse({ ...credentials, answerTimeoutMs: 1_000, ...settings }),
      rateLimiter: options.rateLimiter ?? unlimited,
      log: (event) => void events.push(event),
    })
    made.push(solution)
    return solution
  }
  return {
    sandbox,
    solution: make(options.settings),
    another: make,
    events,
    person,
    members: async (segment) => (await sandbox.members('campaign', remoteSegmentId(segment))) ?? [],
    counterpartName: (segment) =>
      edition === 'standard'
        ? standardClient(sandbox).serviceLabel(remoteSegmentId(segment))
        : classicClient(sandbox).groupLabel(remoteSegmentId(segment)),
    settle: () => Promise.resolve(),
    calls: async () => {
      const requests = await sandbox.requests('campaign')
      return {
        all: requests.length,
        token: requests.filter(({ operation }) => operation === token).length,
      }
    },
    requestsAfter: (seq) => sandbox.requests('campaign', seq),
    expireToken: () => sandbox.advance(25 * 3_600_000),
    answerWrites: (code) =>
      sandbox.faults({ campaign: [{ operation: add, answer: code, times: 1_000 }] }),
    clearFaults: () => sandbox.clearFaults(),
    hangNextWrite: () =>
      sandbox.faults({ campaign: [{ operation: remove, answer: 'apply-hang' }] }),
    secrets: [edition === 'standard' ? standard.clientSecret : classic.password],
    close: async () => {
      await Promise.all(made.map((solution) => solution.close()))
      await sandbox.close()
    },
  }
}
