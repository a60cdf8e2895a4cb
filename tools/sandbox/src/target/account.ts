import type { Clock } from '../clock/clock.ts'
import { createRandom } from '../random/random.ts'
import type { ServerContext } from '../solution-server.ts'
import { type Audiences, createAudiences, type KeptAudiences } from './audiences.ts'
import { type Batches, createBatches, type KeptBatches } from './batches.ts'
import { createProfileToken, type KeptProfileToken, type ProfileToken } from './profile-token.ts'
import { createProfiles, type KeptProfile, type Profiles } from './profiles.ts'
import type { TargetSettings } from './settings.ts'
import { createSingleUpdates, type SingleUpdates } from './single-updates.ts'

/** One Target account: what the edge and the Admin API share. */
export interface Account {
  readonly settings: TargetSettings
  readonly clock: Clock
  readonly profiles: Profiles
  readonly batches: Batches
  readonly singleUpdates: SingleUpdates
  readonly audiences: Audiences
  readonly profileToken: ProfileToken
  /** Says that something changed that a restart must not lose. */
  readonly touch: () => void
  readonly snapshot: () => KeptAccount
  readonly restore: (kept: KeptAccount) => void
}

/** What survives a restart: all but IMS tokens and the counts of the rolling day. */
export interface KeptAccount {
  readonly profiles: readonly KeptProfile[]
  readonly batches: KeptBatches
  readonly singleUpdates: ReturnType<SingleUpdates['snapshot']>
  readonly audiences: KeptAudiences
  readonly profileToken: KeptProfileToken
}

export function createAccount(
  settings: TargetSettings,
  { clock, seed, touch }: Pick<ServerContext, 'clock' | 'seed' | 'touch'>,
): Account {
  const profiles = createProfiles(settings.profileBytes)
  const shared = { settings, profiles, clock, touch }
  const batches = createBatches({ ...shared, random: createRandom(seed) })
  const singleUpdates = createSingleUpdates(shared)
  const audiences = createAudiences()
  const profileToken = createProfileToken(settings.profileTokenTtlS, clock, touch)
  return {
    ...shared,
    batches,
    singleUpdates,
    audiences,
    profileToken,
    snapshot: () => ({
      profiles: profiles.snapshot(),
      batches: batches.snapshot(),
      singleUpdates: singleUpdates.snapshot(),
      audiences: audiences.snapshot(),
      profileToken: profileToken.snapshot(),
    }),
    restore: (kept) => {
      profiles.restore(kept.profiles)
      batches.restore(kept.batches)
      singleUpdates.restore(kept.singleUpdates)
      audiences.restore(kept.audiences)
      profileToken.restore(kept.profileToken)
    },
  }
}
