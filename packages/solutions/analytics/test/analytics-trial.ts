import { unlimited } from '@segue/solution-kit'
import type { RateLimiter, Solution } from '@segue/solution-kit'
import { sandboxTrial, startSandbox } from '@segue/solution-kit/testing'
import type { SandboxCounterpart, SandboxProcess, Trial } from '@segue/solution-kit/testing'
import { analyticsSettings, analyticsSolution } from '../src/index.ts'
import type { AnalyticsSettingsInput } from '../src/index.ts'

/** Analytics of the test's own with an adapter pointed at it. */
export interface AnalyticsTrial extends Trial {
  readonly sandbox: SandboxProcess
  /** A further adapter on the same server, as another process would be: it remembers nothing. */
  readonly another: (settings?: Partial<AnalyticsSettingsInput>) => Solution
  /** Answers the next calls of an operation. */
  readonly answer: (operation: string, ...answers: readonly string[]) => Promise<void>
  readonly counterpart: (segment: string) => Promise<SandboxCounterpart | undefined>
  /** What each visitor group went through, by the sandbox's own account. */
  readonly groups: () => Promise<Readonly<Record<string, GroupAccount>>>
  /** Operations of the calls since `after`, but for those for a token. */
  readonly operations: (after?: number) => Promise<readonly string[]>
}

export interface GroupAccount {
  readonly files: number
  readonly rows: number
  /** Rows that came after a later one of their visitor. */
  readonly lateRows: number
  readonly lostRows: number
  readonly overlappingUploads: number
}

/** A person's ECID, made from a number. */
export function person(n: number): readonly string[] {
  return [`ECID:${`${1_000_000 + n}`.padStart(38, '4')}`]
}

/** Longer than it takes until hits are visible, and those that are older than 24 hours. */
const settleMs = 3 * 3_600_000
/** Longer than a token lives. */
const tokenLifeMs = 25 * 3_600_000

/** Starts a sandbox and points an adapter with a short time-out at it. */
export async function analyticsTrial(
  options: {
    readonly settings?: Partial<AnalyticsSettingsInput>
    readonly sandbox?: object
    readonly rateLimiter?: RateLimiter
  } = {},
): Promise<AnalyticsTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  const { collectUrl, apiUrl, imsUrl, clientId, clientSecret } = sandbox.ready.analytics
  const { companyId, reportSuiteId, datasetId } = sandbox.ready.analytics
  /** How far the sandbox's clock is ahead; the adapter's goes with it only where the test lets time pass for both. */
  let aheadMs = 0
  let unseenMs = 0

  const parts = sandboxTrial({
    sandbox,
    name: 'analytics',
    tokenOperation: 'ims.token',
    make: (log, settings: Partial<AnalyticsSettingsInput> = {}) =>
      analyticsSolution({
        settings: analyticsSettings.parse({
          collectUrl,
          apiUrl,
          imsUrl,
          clientId,
          clientSecret,
          companyId,
          reportSuiteId,
          datasetId,
          minSecsBetweenFiles: 0,
          apiCallsPer6Secs: 1_000,
          answerTimeoutMs: 1_000,
          ...settings,
        }),
        rateLimiter: options.rateLimiter ?? unlimited,
        log,
        nowMs: () => Date.now() + aheadMs,
      }),
  })

  async function advance(ms: number): Promise<void> {
    await sandbox.advance(ms)
    aheadMs += ms + unseenMs
    unseenMs = 0
  }

  async function groups(): Promise<Readonly<Record<string, GroupAccount>>> {
    const credentials = { client_id: clientId, client_secret: clientSecret }
    const scope = 'openid,AdobeID'
    const body = new URLSearchParams({ ...credentials, grant_type: 'client_credentials', scope })
    const granted = await fetch(`${imsUrl}/ims/token/v3`, { method: 'POST', body })
    const { access_token: token } = (await granted.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token}`, 'x-api-key': clientId }
    const url = `${apiUrl}/api/${companyId}/sandbox/memberships`
    const response = await fetch(url, { headers })
    return ((await response.json()) as { groups: Record<string, GroupAccount> }).groups
  }

  return {
    ...parts,
    groups,
    solution: parts.another(options.settings),
    answer: (operation, ...answers) =>
      sandbox.faults({ analytics: answers.map((answer) => ({ operation, answer })) }),
    operations: async (after = 0) =>
      (await sandbox.requests('analytics', after))
        .map(({ operation }) => operation)
        .filter((operation) => operation !== 'ims.token'),
    person,
    // Hits keep a segment's id in the report suite; its counterpart is the name that the classification gives it.
    counterpartName: async (segment) => (await parts.counterpart(segment))?.name || undefined,
    shows: async (object) =>
      object.kind === 'variable value'
        ? (await sandbox.counterparts('analytics')).some(({ segment }) => segment === object.name)
        : parts.shows(object),
    settle: async () => {
      await advance(settleMs)
      await sandbox.process()
    },
    expireToken: async () => {
      // The adapter does not know of it: it is to learn it from an answer.
      await sandbox.advance(tokenLifeMs)
      unseenMs += tokenLifeMs
    },
    answerWrites: (code) =>
      sandbox.faults({ analytics: [{ operation: 'events.upload', answer: code, times: 1_000 }] }),
    hangNextWrite: () =>
      sandbox.faults({ analytics: [{ operation: 'events.upload', answer: 'apply-hang' }] }),
    secrets: [clientSecret],
  }
}
