import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WireAnswer } from '../faults/inject.ts'
import { bodyOf, formType, mediaTypeOf, queryOf } from '../http/server.ts'
import type { Account } from './account.ts'
import { type BatchFile, BatchRefused, readBatchFile } from './batch-file.ts'
import type { BatchStatus } from './batches.ts'
import { EdgeRefused, refusedReply, xmlReply } from './edge-replies.ts'

/** Bulk profile updates and their status (reference §5.2 A). */
export function batchRoutes(app: FastifyInstance, account: Account): void {
  const base = `/m2/${account.settings.clientCode}`
  const submit = (version: 1 | 2) => (request: FastifyRequest, reply: FastifyReply) => {
    const batchId = account.batches.submit(readFile(request, account), version)
    // "Might be throttled"; what that looks like is not documented [I].
    if (batchId === undefined) throw refused('Too many batches are waiting')
    return sendWire(reply, acceptedReply(request, account, batchId))
  }
  app.post(`${base}/v2/profile/batchUpdate`, { config: { operation: 'batch.update' } }, submit(2))
  app.post(`${base}/profile/batchUpdate`, { config: { operation: 'batch.updateV1' } }, submit(1))

  app.get(
    `${base}/profile/batchStatus`,
    { config: { operation: 'batch.status' } },
    (request, reply) => {
      const given = queryOf(request)
      const status = account.batches.status(given.get('batchId') ?? '')
      if (status === undefined) throw refused('Batch not found')
      return sendWire(reply, statusOf(status, given.get('showDetails') === 'true'))
    },
  )
}

/** A scripted `stuck`: the batch is accepted, and nothing will ever come of it. */
export function acceptStuck(request: FastifyRequest, account: Account): WireAnswer {
  return acceptedReply(request, account, account.batches.submitStuck(readFile(request, account)))
}

/** A scripted `stuck` or `incomplete` where the status of a batch is asked for. */
export function claimedStatus(
  request: FastifyRequest,
  account: Account,
  claimed: BatchStatus['status'],
): WireAnswer {
  const given = queryOf(request)
  const status = account.batches.status(given.get('batchId') ?? '')
  if (status === undefined) return refusedReply('Batch not found')
  return statusOf({ ...status, status: claimed }, given.get('showDetails') === 'true')
}

export function sendWire(reply: FastifyReply, { status, headers, body }: WireAnswer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .send(body)
}

/** @throws EdgeRefused where the whole batch is */
function readFile(request: FastifyRequest, { settings }: Account): BatchFile {
  // Of any other type there is no form, so no field `batch` in it.
  if (mediaTypeOf(request) !== formType) throw refused(`Content-Type must be ${formType}`)
  try {
    return readBatchFile(bodyOf(request), {
      bytes: settings.batchBytes,
      rows: settings.batchRows,
    })
  } catch (error) {
    if (error instanceof BatchRefused) throw refused(error.message)
    throw error
  }
}

function refused(message: string): EdgeRefused {
  return new EdgeRefused('successFalse', refusedReply(message))
}

/** Adobe names one of its nodes in the address; here it is the address that was called. */
function acceptedReply(
  request: FastifyRequest,
  { settings }: Account,
  batchId: string,
): WireAnswer {
  const origin = `http://127.0.0.1:${request.socket.localPort}`
  return xmlReply({
    success: true,
    batchStatus: `${origin}/m2/${settings.clientCode}/profile/batchStatus?batchId=${batchId}`,
    message: 'Batch submitted for processing',
  })
}

function statusOf(
  { batchId, status, batchSize, ...details }: BatchStatus,
  isDetailed: boolean,
): WireAnswer {
  const { consumedCount, successfulUpdates, profilesNotFound, failedUpdates } = details
  return xmlReply({
    batchId,
    status,
    batchSize,
    ...(isDetailed ? { consumedCount, successfulUpdates, profilesNotFound, failedUpdates } : {}),
  })
}
