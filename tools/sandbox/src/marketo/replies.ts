import { randomInt } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { WireAnswer } from '../faults/inject.ts'
import type { MarketoReason } from './errors.ts'

/** What Marketo answers in `result` for one record. */
export type RecordResult =
  | { readonly id: number; readonly status: string }
  | {
      readonly id?: number
      readonly status: 'skipped'
      readonly reasons: readonly MarketoReason[]
    }

/** Answers a call of the lead database. */
export function sendResult(
  reply: FastifyReply,
  result: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): void {
  void reply.send({ requestId: requestId(), result, success: true, ...more })
}

/** Answers a call of the asset API, which adds empty `errors` and says in `warnings` that nothing was found. */
export function sendAssets(reply: FastifyReply, result: readonly unknown[]): void {
  const requested = requestId()
  if (result.length > 0) {
    void reply.send({ success: true, errors: [], requestId: requested, warnings: [], result })
    return
  }
  const warnings = ['No assets found for the given search criteria.']
  void reply.send({ success: true, errors: [], requestId: requested, warnings })
}

/** A refused call: HTTP 200 all the same. */
export function refusedAnswer(reason: MarketoReason): WireAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: JSON.stringify({ requestId: requestId(), success: false, errors: [reason] }),
  }
}

/** The form of Marketo's request ids, `e42b#14272d07d78`. */
export function requestId(): string {
  return `${randomInt(0x1_0000).toString(16)}#${Date.now().toString(16)}`
}

/** `2015-04-06T17:13:50Z`, as the lead database writes times. */
export function leadTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** `2017-07-27T01:38:33Z+0000`, as the asset API writes times. */
export function assetTime(ms: number): string {
  return `${leadTime(ms)}+0000`
}
