import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LaunchOptions } from '../arguments.ts'
import type { Children } from '../children.ts'
import type { Progress } from '../progress.ts'

export const root: string = fileURLToPath(new URL('../../../../', import.meta.url))
export const stateDir: string = join(root, '.segue')
export const sandboxName = 'prod'
export const partitionCount = 16
/** Identities that each solution takes (design §9), in the order of the dataflow's solutions. */
export const namespaces = {
  'audience-manager': ['ECID', 'email_lc_sha256', 'IDFA', 'GAID'],
  analytics: ['ECID'],
  'advertising-cloud': ['ECID', 'email_lc_sha256', 'IDFA', 'GAID'],
  campaign: ['email_lc_sha256'],
  target: ['email_lc_sha256', 'ECID'],
  marketo: ['email_lc_sha256', 'ECID'],
} as const
export const solutions: readonly string[] = Object.keys(namespaces)

/** Something that is running and must be stopped; the last started is stopped first. */
export type Stop = () => Promise<void>

/** A run of the launcher, as its parts see it. */
export interface Run {
  readonly options: LaunchOptions
  readonly signal: AbortSignal
  readonly stops: Stop[]
  readonly progress: Progress
  readonly children: Children
}
