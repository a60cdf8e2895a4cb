import { z } from 'zod'
import { misconfigured, readJson, refusal, refusalOfStatus } from '@segue/solution-kit'
import type { HttpResponse, Refusal, Verdict } from '@segue/solution-kit'

interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly verdict: Verdict
  /** For people. */
  readonly meaning: string
}

/**
 * Codes of the gateway in front of the REST API (`reference/solutions.md` §0.4) that say more than their HTTP status. 404040 above all: nothing is at that
 * address, which must not be taken for a trait that is gone.
 */
export const gatewayCodes: ReadonlyMap<string, CodeEntry> = new Map<string, CodeEntry>([
  [
    '403010',
    {
      code: 'TOKEN_MISSING',
      verdict: misconfigured('restUrl'),
      meaning: 'no access token arrived: something on the way drops it',
    },
  ],
  [
    '403023',
    {
      code: 'PROFILE_INVALID',
      verdict: misconfigured('clientId'),
      meaning: 'Audience Manager is not among the products of this credential',
    },
  ],
  [
    '404040',
    {
      code: 'RESOURCE_UNKNOWN',
      verdict: misconfigured('restUrl'),
      meaning: 'the gateway knows nothing at this address',
    },
  ],
])

const gatewayShape = z.object({ error_code: z.coerce.string() })

/**
 * The receipt of an answer of the REST API that is none of 200, 201, 204.
 * @returns with `byGateway` where it was not Audience Manager that answered: its status then says nothing of traits
 */
export function refusalOfRest(
  response: HttpResponse,
  nowMs: number,
): { readonly refusal: Refusal; readonly byGateway: boolean } {
  const gatewayCode = readJson(gatewayShape, response.body)?.error_code ?? ''
  const entry = gatewayCodes.get(gatewayCode)
  if (entry !== undefined) {
    const detail = `gateway ${gatewayCode}: ${entry.meaning}`
    return { refusal: refusal(entry.code, entry.verdict, detail), byGateway: true }
  }
  return { refusal: refusalOfStatus(response, 'clientId', nowMs), byGateway: gatewayCode !== '' }
}
