import { advertisingCloudCodes } from './advertising-cloud.ts'
import { analyticsCodes } from './analytics.ts'
import { audienceManagerCodes } from './audience-manager.ts'
import { campaignCodes } from './campaign.ts'
import { everySolutionCodes } from './every-solution.ts'
import { marketoCodes } from './marketo.ts'
import { targetCodes } from './target.ts'

/** Code → what happened, and what follows. A part of a code in angle brackets stands for any. */
export type SolutionCodes = Readonly<Record<string, readonly [happened: string, follows: string]>>

/**
 * Codes that adapters answer with, by solution; `''`: any adapter's. The words are those of the packages' READMEs, held together by
 * a test: the service must not import a solution.
 */
export const solutionCodes: Readonly<Record<string, SolutionCodes>> = {
  '': everySolutionCodes,
  'advertising-cloud': advertisingCloudCodes,
  analytics: analyticsCodes,
  'audience-manager': audienceManagerCodes,
  campaign: campaignCodes,
  marketo: marketoCodes,
  target: targetCodes,
}
