import { z } from 'zod'
import { refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Receipt } from '@segue/solution-kit'
import { bareCode, recordCodes, shownCode } from './codes.ts'
import type { PutOutcome } from './firehose.ts'

/** `PutRecordBatch`'s answer with HTTP 200; Amazon's client reads it, and does not check it. */
const answerShape = z.object({
  RequestResponses: z.array(
    z.object({ RecordId: z.string().optional(), ErrorCode: z.string().optional() }),
  ),
})

/** Record ids are some hundred characters. */
const maxRequestId = 500

/**
 * One receipt a record of a call that was answered with HTTP 200, which may be a failure for some or all of them (`reference/solutions.md` §3.3).
 * A throttled record waits by itself, its neighbours were taken; only where the stream took none of them it is worth pausing.
 * @param records how many were sent; an answer about another number says nothing of any
 */
export function recordReceipts(answer: unknown, records: number): PutOutcome {
  const read = answerShape.safeParse(answer)
  if (!read.success || read.data.RequestResponses.length !== records) {
    return { kind: 'refused', refusal: refusal('ANSWER_UNREADABLE', retryRow(1_000, true)) }
  }
  const answers = read.data.RequestResponses
  if (answers.length > 0 && answers.every((one) => isThrottled(one.ErrorCode))) {
    const pause = retrySolution(1_000, false)
    return {
      kind: 'refused',
      refusal: refusal('STREAM_THROTTLED', pause, 'Amazon took no record of a call'),
    }
  }
  return { kind: 'answered', receipts: answers.map(receiptOf) }
}

function isThrottled(errorCode: string | undefined): boolean {
  return recordCodes.get(bareCode(errorCode ?? ''))?.code === 'RECORD_THROTTLED'
}

function receiptOf(answer: {
  readonly RecordId?: string | undefined
  readonly ErrorCode?: string | undefined
}): Receipt {
  const { RecordId, ErrorCode } = answer
  if (ErrorCode === undefined || ErrorCode === '') {
    if (RecordId === undefined) return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
    return { status: 'delivered', applied: false, requestId: RecordId.slice(0, maxRequestId) }
  }
  const detail = `Amazon ${shownCode(ErrorCode)}`
  const found = recordCodes.get(bareCode(ErrorCode))
  // Whatever it is, Amazon says that this record was not taken: it may be sent again.
  if (found === undefined) return refusal('AMAZON_CODE_UNKNOWN', retryRow(10_000, false), detail)
  return refusal(found.code, found.verdict, `${detail}: ${found.meaning}`)
}
