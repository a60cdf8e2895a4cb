import {
  AwsTrouble,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryAfterMs,
  retryRow,
} from '@segue/solution-kit'
import type { Refusal, Verdict } from '@segue/solution-kit'
import { bareCode, shownCode } from './codes.ts'
import type { CodeTable } from './codes.ts'

/** An answer that Amazon's clients throw: a service's exception, or whatever they met while they read one. */
interface AnsweredError {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What an error of one of Amazon's clients means for the rows of its call.
 * @param codes the service's own codes; one outside of the table goes by its HTTP status, and is repeated where that says only that the call was wrong
 * @param setting the setting to look at where the credentials are refused with a code outside of the table
 */
export function refusalOfAwsError(
  error: unknown,
  codes: CodeTable,
  setting: string,
  nowMs: number,
): Refusal {
  if (error instanceof AwsTrouble) return refusalOfTrouble(error.trouble)
  const answer = answerOf(error)
  // Neither an answer nor the wire: the client met something it did not expect while it wrote or read.
  if (answer === undefined) return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
  const found = codes.get(bareCode(answer.name))
  if (found !== undefined) {
    const { code, verdict, meaning } = found
    const asked = retryAfterMs(answer.headers, nowMs)
    return refusal(code, waiting(verdict, asked), `Amazon ${shownCode(answer.name)}: ${meaning}`)
  }
  const { status } = answer
  // Success that its client could not read: what was sent may have been taken.
  if (status < 400) return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
  const detail = `Amazon ${shownCode(answer.name)}`
  if (status === 400) return refusal('AMAZON_CODE_UNKNOWN', retryRow(10_000, false), detail)
  return { ...refusalOfStatus(answer, setting, nowMs), detail }
}

/** A pause that the server asks for is kept, in place of ours. */
function waiting(verdict: Verdict, askedMs: number | undefined): Verdict {
  if (verdict.kind !== 'retry' || askedMs === undefined) return verdict
  return { ...verdict, afterMs: askedMs }
}

function answerOf(error: unknown): AnsweredError | undefined {
  if (!(error instanceof Error) || !('$response' in error)) return undefined
  const response = error.$response
  if (!isObject(response)) return undefined
  const { statusCode, headers } = response
  if (typeof statusCode !== 'number') return undefined
  return { name: error.name, status: statusCode, headers: textFields(headers) }
}

function textFields(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {}
  const fields: Record<string, string> = {}
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'string') fields[name] = field
  }
  return fields
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
