import { remoteSegmentId, unlimited } from '@segue/solution-kit'
import type { Solution, SolutionEvent } from '@segue/solution-kit'
import { sandboxToken, startSandbox } from '@segue/solution-kit/testing'
import type { SandboxProcess, Trial } from '@segue/solution-kit/testing'
import { audienceManagerSettings, audienceManagerSolution } from '../src/index.ts'
import type { AudienceManagerSettingsInput } from '../src/index.ts'
import { showsInCatalogue } from './shows-in-catalogue.ts'
import type { CallCatalogue } from './shows-in-catalogue.ts'

/** An Audience Manager of the test's own with an adapter pointed at it. */
export interface AudienceManagerTrial extends Trial {
  readonly sandbox: SandboxProcess
  readonly settings: AudienceManagerSettingsInput
  /** Moves the clocks of both sides. */
  readonly advance: (ms: number) => Promise<void>
  /** Makes a data source, as an administrator would. */
  readonly createDataSource: (name: string) => Promise<void>
  /** Calls the REST API as an administrator. */
  readonly rest: CallCatalogue
  /** A second adapter on the same servers, as after a crash or in another process. */
  readonly another: (changes: Partial<AudienceManagerSettingsInput>) => Solution
}

/** A person with all four kinds of id, made from a number. */
export function person(n: number): readonly string[] {
  const hex = n.toString(16).padStart(12, '0')
  return [
    `ECID:${`${1_000_000 + n}`.padStart(38, '7')}`,
    `GAID:e4fe9bde-caa0-47b6-908d-${hex}`,
    `IDFA:6D92078A-8246-4BA4-AE5B-${hex.toUpperCase()}`,
    `email_lc_sha256:${`${n}`.padStart(64, 'e')}`,
  ]
}

/** Starts a sandbox and points an adapter with short time-outs at it. */
export async function audienceManagerTrial(
  options: {
    readonly settings?: Partial<AudienceManagerSettingsInput>
    readonly sandbox?: object
  } = {},
): Promise<AudienceManagerTrial> {
  const sandbox = await startSandbox(options.sandbox ?? { preset: 'loose' })
  const { s3, ...found } = sandbox.ready.audienceManager
  const settings: AudienceManagerSettingsInput = {
    dcsUrl: found.dcsUrl,
    dcsHost: found.dcsHost,
    restUrl: found.restUrl,
    imsUrl: found.imsUrl,
    clientId: found.clientId,
    clientSecret: found.clientSecret,
    orgId: found.orgId,
    s3: { ...s3, forcePathStyle: true },
    dataSources: found.dataSources,
    receipts: 'json',
    processedWaitMs: 5_000,
    processedPollMs: 20,
    traitReadyAfterMins: 0,
    answerTimeoutMs: 1_000,
    uploadTimeoutMs: 1_000,
    ...options.settings,
  }
  const events: SolutionEvent[] = []
  let offsetMs = 0
  const make = (changes: Partial<AudienceManagerSettingsInput> = {}) =>
    audienceManagerSolution({
      settings: audienceManagerSettings.parse({ ...settings, ...changes }),
      rateLimiter: unlimited,
      log: (event) => void events.push(event),
      nowMs: () => Date.now() + offsetMs,
    })
  const rest: CallCatalogue = async (method, path, body) => {
    const answer = await fetch(`${found.restUrl}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await sandboxToken(found)}`,
        'x-api-key': found.clientId,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const made = [make()]
  const solution = made[0] ?? make()
  return {
    sandbox,
    settings,
    solution,
    events,
    person,
    another: (changes) => {
      const next = make(changes)
      made.push(next)
      return next
    },
    createDataSource: async (name) => {
      const body = { name, idType: 'CROSS_DEVICE', type: 'GENERAL', inboundS2S: true }
      const { status } = await rest('POST', 'datasources/', body)
      if (status !== 201) throw new Error(`no data source was made: ${status}`)
    },
    rest,
    shows: (object) => showsInCatalogue(rest, object),
    members: async (segment) =>
      (await sandbox.members('audience-manager', remoteSegmentId(segment))) ?? [],
    counterpartName: async (segment) =>
      (await sandbox.counterparts('audience-manager')).find(
        (one) => one.segment === remoteSegmentId(segment),
      )?.name,
    answerWrites: (code) =>
      sandbox.faults({
        'audience-manager': {
          rates: [{ operation: 's3.putObject', rate: 1, answers: [code] }],
        },
      }),
    clearFaults: sandbox.clearFaults,
    settle: () => sandbox.process(),
    calls: async () => {
      const requests = await sandbox.requests('audience-manager')
      const token = requests.filter(({ operation }) => operation === 'ims.token').length
      return { all: requests.length, token }
    },
    advance: async (ms) => {
      await sandbox.advance(ms)
      offsetMs += ms
    },
    expireToken: () => sandbox.advance(25 * 3_600_000),
    hangNextWrite: () =>
      sandbox.faults({ 'audience-manager': [{ operation: 's3.putObject', answer: 'apply-hang' }] }),
    secrets: [found.clientSecret, s3.secretAccessKey],
    close: async () => {
      await Promise.all(made.map((one) => one.close()))
      await sandbox.close()
    },
  }
}
