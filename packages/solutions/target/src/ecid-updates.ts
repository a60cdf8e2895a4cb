import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { concurrently, readJson, refusal, refusalOfTrouble, retryRow } from '@segue/solution-kit'
import type { HttpClient, HttpResponse, Receipt, Refusal } from '@segue/solution-kit'
import { refusalOfCode } from './codes.ts'
import { ecidCalls } from './ecid-call.ts'
import { pauseOf } from './pause.ts'
import type { ProfileState } from './profile-state.ts'

/** Sends states keyed by ECID. Every state has a receipt in the answer. */
export type SendEcids = (
  states: readonly ProfileState[],
) => Promise<ReadonlyMap<ProfileState, Receipt>>

/** Makes the function that sends states by the Delivery API, one visitor a call (`reference/solutions.md` §5.2). */
export function ecidUpdates(options: {
  readonly http: HttpClient
  readonly url: URL
  readonly clientCode: string
  readonly mbox: string
  readonly maxConcurrentCalls: number
  readonly nowMs: () => number
}): SendEcids {
  return async (states) => {
    let paused: Refusal | undefined
    const receipts = await concurrently(states, options.maxConcurrentCalls, async (state) => {
      const receipt = paused ?? (await send(state))
      if (receipt.status !== 'delivered') paused ??= pauseOf(receipt)
      return [state, receipt] as const
    })
    return new Map(receipts)
  }

  /** A visitor with very many attributes takes several calls; the first that fails ends them. */
  async function send(state: ProfileState): Promise<Receipt> {
    let receipt: Receipt = { status: 'delivered', applied: true }
    for (const body of ecidCalls(state, options.mbox)) {
      receipt = await call(body)
      if (receipt.status !== 'delivered') break
    }
    return receipt
  }

  async function call(body: object): Promise<Receipt> {
    const url = new URL('/rest/v1/delivery', options.url)
    // A session of its own for each call: Target bounds the calls at once of one session.
    const query = { client: options.clientCode, sessionId: randomUUID() }
    url.search = new URLSearchParams(query).toString()
    const response = await options.http.request({
      method: 'POST',
      url,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.kind !== 'response') return refusalOfTrouble(response)
    return readDelivery(response, options.nowMs())
  }
}

const answerShape = z.object({
  status: z.int(),
  requestId: z.string().max(200).optional(),
  message: z.string().optional(),
})

/**
 * Reads an answer: its own `status` counts, not only HTTP's. Of a message only is read whether it is about the client, since 400 has no finer code [I]; it
 * may name the visitor and goes nowhere.
 */
export function readDelivery(response: HttpResponse, nowMs: number): Receipt {
  const answer = readJson(answerShape, response.body)
  const status = response.status === 200 ? answer?.status : response.status
  if (status === undefined) return unreadable
  if (answer === undefined || status !== 200) {
    const aboutClient = status === 400 && /\bclient\b/i.test(answer?.message ?? '')
    const code = aboutClient ? '400 client' : `${status}`
    return refusalOfCode('delivery', code, { status, headers: response.headers }, nowMs)
  }
  const requestId = answer.requestId === undefined ? {} : { requestId: answer.requestId }
  return { status: 'delivered', applied: true, ...requestId }
}

const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
