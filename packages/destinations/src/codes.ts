import { accessCodes } from './access/codes.ts'
import { alertCodes } from './alert/codes.ts'
import { backfillCodes } from './backfill/codes.ts'
import { configurationCodes } from './configuration/codes.ts'
import { connectCodes } from './connect/codes.ts'
import { cutoverCodes } from './cutover/codes.ts'
import { flowCodes } from './flow/codes.ts'
import { governanceCodes } from './governance/codes.ts'
import { organisationCodes } from './organisation/codes.ts'
import { patchCodes } from './patch/codes.ts'
import { privacyCodes } from './privacy/codes.ts'
import { runCodes } from './run/codes.ts'
import { segmentCodes } from './segment/codes.ts'

/** What a code means over HTTP and to people. */
export interface CodeMeaning {
  /** HTTP status. */
  readonly status: number
  readonly meaning: string
  /** What to do. */
  readonly remedy: string
}

/** Why a command was refused. The codes are stable: callers may branch on them. */
export const destinationCodes: typeof configurationCodes &
  typeof patchCodes &
  typeof connectCodes &
  typeof organisationCodes &
  typeof accessCodes &
  typeof flowCodes &
  typeof cutoverCodes &
  typeof backfillCodes &
  typeof runCodes &
  typeof segmentCodes &
  typeof governanceCodes &
  typeof privacyCodes &
  typeof alertCodes = {
  ...configurationCodes,
  ...patchCodes,
  ...connectCodes,
  ...organisationCodes,
  ...accessCodes,
  ...flowCodes,
  ...cutoverCodes,
  ...backfillCodes,
  ...runCodes,
  ...segmentCodes,
  ...governanceCodes,
  ...privacyCodes,
  ...alertCodes,
} satisfies Readonly<Record<string, CodeMeaning>>

export type DestinationCode = keyof typeof destinationCodes
