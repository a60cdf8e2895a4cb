import type { TokenGrant } from '@segue/redis'
import { Problem } from '../problem.ts'
import type { FailureLimit } from './failure-limit.ts'
import type { TokenChecks } from './token-checks.ts'

/**
 * Tells whom a token stands for.
 *
 * @param address where the request came from
 * @throws Problem TOKEN_INVALID; TOO_MANY_FAILURES; ISSUER_UNAVAILABLE
 */
export type Authenticate = (token: string, address: string) => Promise<TokenGrant>

/**
 * A token that this gateway found valid lately is no guess: it is never held back by the failures of others behind the same
 * address. Any other counts as a guess until it has proved to be valid.
 */
export function createAuthenticate(checks: TokenChecks, failures: FailureLimit): Authenticate {
  const check = async (token: string): Promise<TokenGrant> => {
    const grant = await checks.check(token)
    if (grant !== undefined) return grant
    throw new Problem('TOKEN_INVALID', 'the token is not known, was revoked or has expired')
  }
  return async (token, address) => {
    if (checks.knows(token)) return check(token)
    await failures.count(address)
    let isGuess = false
    try {
      return await check(token)
    } catch (error) {
      isGuess = error instanceof Problem && error.status === 401
      throw error
    } finally {
      // That it could not be taken back is not the sender's trouble; the window ends by itself.
      if (!isGuess) await failures.takeBack(address).catch(() => {})
    }
  }
}
