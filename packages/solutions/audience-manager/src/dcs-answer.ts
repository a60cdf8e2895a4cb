import { z } from 'zod'
import { readJson } from '@segue/solution-kit'
import type { HttpResponse } from '@segue/solution-kit'

/** What DCS said in an answer of HTTP 200, which is no proof of anything. */
export interface DcsAnswer {
  /** From the body and the `X-Error` header, each once. */
  readonly codes: readonly number[]
  /** For Adobe's support. */
  readonly transactionId?: string
}

const shape = z.object({
  tid: z.string().optional(),
  errors: z.array(z.object({ code: z.coerce.number().int() })).optional(),
})

/**
 * Reads both places where errors hide (`reference/solutions.md` §1.2).
 * @returns undefined where the body is not the JSON that `d_rtbd=json` asks for and no header says why
 */
export function readDcsAnswer(response: HttpResponse): DcsAnswer | undefined {
  const body = readJson(shape, response.body)
  const inHeader = (response.headers['x-error'] ?? '').match(/\d+/g) ?? []
  if (body === undefined && inHeader.length === 0) return undefined
  const inBody = body?.errors?.map((error) => error.code) ?? []
  const codes = [...new Set([...inBody, ...inHeader.map(Number)])]
  return body?.tid === undefined ? { codes } : { codes, transactionId: body.tid }
}
