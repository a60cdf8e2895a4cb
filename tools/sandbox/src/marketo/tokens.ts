import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'

/** The access tokens of one custom service. */
export interface Tokens {
  /** The live token and the seconds it has left; a new one once the last has expired. */
  readonly issue: () => { readonly token: string; readonly leftS: number }
  readonly check: (token: string) => 'live' | 'expired' | 'unknown'
}

/** Expired tokens that are remembered, so that 602 and 601 can be told apart. */
const expiredKept = 100

/** Marketo's rule: who asks before the end gets the same token with the time it has left (reference §6.1). */
export function createTokens(ttlS: number, clock: Clock): Tokens {
  const expired = new Set<string>()
  let token = ''
  let expiresAtMs = Number.NEGATIVE_INFINITY

  const isLive = (): boolean => clock.nowMs() < expiresAtMs

  return {
    issue: () => {
      if (!isLive()) {
        if (token !== '') expired.add(token)
        for (const oldest of expired) {
          if (expired.size <= expiredKept) break
          expired.delete(oldest)
        }
        token = `${randomUUID()}:int`
        expiresAtMs = clock.nowMs() + ttlS * 1000
      }
      // Rounded down: within the last second a live token has 0 seconds left, as it does at Marketo.
      return { token, leftS: Math.floor((expiresAtMs - clock.nowMs()) / 1000) }
    },
    check: (given) => {
      if (given === token && token !== '') return isLive() ? 'live' : 'expired'
      return expired.has(given) ? 'expired' : 'unknown'
    },
  }
}
