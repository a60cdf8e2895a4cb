import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'

/** The one token of the Profile API: whoever makes a new one ends the one before (reference §5.2). */
export interface ProfileToken {
  readonly renew: () => string
  readonly isLive: (token: string) => boolean
  readonly snapshot: () => KeptProfileToken
  readonly restore: (kept: KeptProfileToken) => void
}

/** It outlives a restart: people make it once and keep it in their scripts. */
export interface KeptProfileToken {
  readonly token: string
  readonly expiresMs: number
}

export function createProfileToken(ttlS: number, clock: Clock, touch: () => void): ProfileToken {
  let current: KeptProfileToken = { token: '', expiresMs: 0 }
  return {
    renew: () => {
      current = { token: `profile.sandbox.${randomUUID()}`, expiresMs: clock.nowMs() + ttlS * 1000 }
      touch()
      return current.token
    },
    isLive: (token) => token !== '' && token === current.token && clock.nowMs() < current.expiresMs,
    snapshot: () => current,
    restore: (kept) => {
      current = kept
    },
  }
}
