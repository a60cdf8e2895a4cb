import {
  advertisingCloudSettings,
  advertisingCloudSolution,
} from '@segue/solution-advertising-cloud'
import { analyticsSettings, analyticsSolution } from '@segue/solution-analytics'
import { audienceManagerSettings, audienceManagerSolution } from '@segue/solution-audience-manager'
import { campaignSettings, campaignSolution } from '@segue/solution-campaign'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { marketoSettings, marketoSolution } from '@segue/solution-marketo'
import { targetSettings, targetSolution } from '@segue/solution-target'
import type { z } from 'zod'

/** Calls that all workers together may make to a solution in a window. */
export interface RateLimit {
  readonly calls: number
  readonly windowMs: number
}

/** What an adapter is made with beside its settings. */
interface Around {
  readonly rateLimiter: RateLimiter
  readonly log: SolutionLog
}

/** A solution that a solutions file may name. */
export interface Adapter {
  /** Where the file says nothing else; undefined: the solution publishes no figure, 429 is answered by pausing. */
  readonly rateLimit: RateLimit | undefined
  /**
   * Checks settings.
   * @returns how to make the solution, or what is wrong
   */
  readonly configure: (
    settings: unknown,
  ) =>
    | { readonly success: true; readonly create: (around: Around) => Solution }
    | { readonly success: false; readonly error: z.ZodError }
}

function adapter<Settings>(
  schema: z.ZodType<Settings>,
  create: (options: Around & { readonly settings: Settings }) => Solution,
  rateLimit?: RateLimit,
): Adapter {
  return {
    rateLimit,
    configure: (given) => {
      const { success, data, error } = schema.safeParse(given)
      if (!success) return { success, error }
      return { success, create: (around) => create({ ...around, settings: data }) }
    },
  }
}

/** Every adapter there is, by its solution's name. */
export const adapters: Readonly<Record<string, Adapter>> = {
  'audience-manager': adapter(audienceManagerSettings, audienceManagerSolution),
  // Bulk Data Insertion takes one call a second (reference/solutions.md §2.2).
  analytics: adapter(analyticsSettings, analyticsSolution, { calls: 1, windowMs: 1_000 }),
  'advertising-cloud': adapter(advertisingCloudSettings, advertisingCloudSolution),
  // Campaign enforces nothing, so whoever calls must (§4.1).
  campaign: adapter(campaignSettings, campaignSolution, { calls: 10, windowMs: 1_000 }),
  target: adapter(targetSettings, targetSolution),
  // Half of the instance's 100 calls in 20 s, which all its integrations share (§6.4).
  marketo: adapter(marketoSettings, marketoSolution, { calls: 50, windowMs: 20_000 }),
}
