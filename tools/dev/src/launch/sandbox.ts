import type { Ready } from '@segue/sandbox'
import { expectSuccess, httpJson } from './http-json.ts'
import type { Members } from '../report.ts'
import type { Lead } from './scan-input.ts'

/** How the sandbox's servers are reached: the line it prints when it is ready. */
export type SandboxReady = Ready

/** Rows of one set of files for Audience Manager, and how often one is written. */
const windowSecs = 2
const windowRows = 100_000

/**
 * The processor's solutions file for the sandbox, with looser limits than the real solutions have: waiting for a real
 * quota would teach nobody anything. Secrets stand in the environment, as they should with real ones.
 */
export function solutionsForSandbox(ready: SandboxReady): {
  readonly file: Readonly<Record<string, SolutionInFile>>
  readonly secrets: Readonly<Record<string, string>>
} {
  const { marketo, audienceManager: aam } = ready
  return {
    file: {
      'audience-manager': {
        settings: {
          dcsUrl: aam.dcsUrl,
          dcsHost: aam.dcsHost,
          restUrl: aam.restUrl,
          imsUrl: aam.imsUrl,
          clientId: aam.clientId,
          clientSecret: 'env:SANDBOX_IMS_SECRET',
          orgId: aam.orgId,
          s3: { ...aam.s3, secretAccessKey: 'env:SANDBOX_S3_SECRET', forcePathStyle: true },
          dataSources: aam.dataSources,
          receipts: 'json',
          traitReadyAfterMins: 0,
          processedWaitMs: 30_000,
          processedPollMs: 50,
          maxBatchAgeInSecs: windowSecs,
          maxNumEventsInBatch: windowRows,
        },
      },
      marketo: {
        rateLimit: { calls: 100_000, windowMs: 20_000 },
        settings: {
          url: marketo.url,
          identityUrl: marketo.identityUrl,
          clientId: marketo.clientId,
          clientSecret: 'env:SANDBOX_MARKETO_SECRET',
          listFolderId: marketo.folderId,
        },
      },
    },
    secrets: {
      SANDBOX_IMS_SECRET: aam.clientSecret,
      SANDBOX_S3_SECRET: aam.s3.secretAccessKey,
      SANDBOX_MARKETO_SECRET: marketo.clientSecret,
    },
  }
}

/** A solution as the processor's solutions file has it. */
interface SolutionInFile {
  readonly rateLimit?: { readonly calls: number; readonly windowMs: number }
  readonly settings: Readonly<Record<string, unknown>>
}

/** People sent in one request. */
const leadsPerRequest = 10_000

/** Makes the sandbox's Marketo know these people. Known ones stay as they are. */
export async function seedLeads(control: string, leads: readonly Lead[]): Promise<void> {
  for (let from = 0; from < leads.length; from += leadsPerRequest) {
    const body = JSON.stringify({ marketo: leads.slice(from, from + leadsPerRequest) })
    expectSuccess('the sandbox', await httpJson('POST', `${control}/control/seed`, { body }))
  }
}

/** Whether the sandbox has applied all that it accepted. */
export async function sandboxIsIdle(control: string): Promise<boolean> {
  const { body } = await httpJson<{ readonly idle: boolean }>('GET', `${control}/control/idle`)
  return body.idle
}

/**
 * What each solution holds as applied, read from the solution's own server: members by segment (`namespace:id`).
 * A counterpart's segment is the segment's id, with its namespace where that is not `ups`.
 */
export async function sandboxMembers(control: string): Promise<ReadonlyMap<string, Members>> {
  const answer = await httpJson<SolutionMembers>('GET', `${control}/control/members`)
  expectSuccess('the sandbox', answer)
  return new Map(
    Object.entries(answer.body).map(([solution, counterparts]) => [
      solution,
      new Map(
        Object.values(counterparts).map(({ segment, members }) => [
          segment.includes(':') ? segment : `ups:${segment}`,
          members,
        ]),
      ),
    ]),
  )
}

/** Counterparts by their id, by solution. */
type SolutionMembers = Readonly<Record<string, Readonly<Record<string, Counterpart>>>>

/** A list, a trait, an audience. */
interface Counterpart {
  readonly segment: string
  readonly members: readonly string[]
}
