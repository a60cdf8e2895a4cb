import type { Secret } from './secret.ts'
import type { TokenCache } from './token.ts'
import type { Refusal } from './verdict.ts'

/**
 * Makes a call with the current token, and once more with a new one where the server did not take that. Nothing else is repeated here.
 * @param isTokenRefused whether a result means that the token was not taken; exactly that token is dropped
 * @param attempt one call; what it throws is thrown
 * @returns what the last attempt came to, `isTokenRefused` or not; or the refusal of the identity service, where no token came
 */
export async function withToken<Result>(
  tokens: TokenCache,
  isTokenRefused: (result: Result) => boolean,
  attempt: (secret: Secret) => Promise<Result>,
): Promise<Result | { readonly kind: 'refused'; readonly refusal: Refusal }> {
  for (let mayRepeat = true; ; mayRepeat = false) {
    const outcome = await tokens.get()
    if (outcome.kind === 'refused') return outcome
    const result = await attempt(outcome.token.secret)
    if (!isTokenRefused(result)) return result
    tokens.invalidate(outcome.token)
    if (!mayRepeat) return result
  }
}
