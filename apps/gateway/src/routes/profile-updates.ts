import { finished } from 'node:stream'
import type { RedisConnection } from '@segue/redis'
import type { Metrics, Tracing } from '@segue/telemetry'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { appendProblem } from '../append/append-problem.ts'
import type { Submission } from '../append/append-groups.ts'
import { takeIn, type TakenIn } from '../append/take-in.ts'
import { bodyReader } from '../body/body-format.ts'
import { decompressor } from '../body/decompress.ts'
import type { Decompress } from '../body/decompress.ts'
import type { InFlight, Reservation } from '../body/in-flight.ts'
import { receiveBody } from '../body/receive-body.ts'
import { bodyRoomBytes, createRoom } from '../body/room.ts'
import { createTurns } from '../body/turns.ts'
import type { Turns } from '../body/turns.ts'
import type { Config } from '../config.ts'
import { Problem } from '../problem.ts'
import type { RedisMemory } from '../redis-memory.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { withDeadline } from '../with-deadline.ts'
import { acceptedSchema, updateSchema } from './profile-update-schema.ts'
import { answers, sandboxHeaders } from './schemas.ts'

export interface ProfileUpdatesOptions {
  readonly config: Config
  readonly redis: Pick<RedisConnection, 'status'>
  readonly sandboxes: Sandboxes
  readonly redisMemory: Pick<RedisMemory, 'isNearlyFull'>
  readonly inFlight: InFlight
  readonly metrics: Metrics
  readonly tracing: Tracing
}

/** From the end of the body to the answer; the rest of the two seconds is for what comes before and after. */
const answerDeadlineMs = 1_800
/** As many as Node's thread pool runs. Each may hold a whole decompressed body. */
const decompressionsAtOnce = 4

/**
 * `POST /v1/profiles`: takes profile updates in.
 *
 * 202 means that all of them but those listed are in the log. Any other answer may leave a part there; the sender sends all of
 * it again, since updates are idempotent.
 */
export function profileUpdatesRoute(
  gateway: FastifyInstance,
  options: ProfileUpdatesOptions,
): void {
  const { config, redis, redisMemory, sandboxes, inFlight, metrics, tracing } = options
  const turns = createTurns(decompressionsAtOnce)
  const room = createRoom(bodyRoomBytes())
  const count = createCounts(metrics)

  gateway.register(async (scope) => {
    // The handler reads the body itself, when it knows that it may.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))

    scope.route({
      method: 'POST',
      url: '/v1/profiles',
      config: { access: 'stream-profiles' },
      // For the document only: the model checks each update by itself.
      validatorCompiler: () => () => true,
      schema: {
        tags: ['Profiles'],
        summary: 'Sends profile updates',
        description:
          'One update, an array, one a line (`application/x-ndjson`), or the first two as `application/msgpack`; `Content-Encoding` may be `gzip` or `zstd`. ' +
          'An update that cannot be taken is listed with its place in the body, from 0 (blank lines do not count), and never fails the others. ' +
          'After any answer but 202 send all of it again: a part may be in the log, and updates are idempotent.',
        headers: sandboxHeaders,
        body: {
          content: {
            'application/json': { schema: Type.Union([updateSchema, Type.Array(updateSchema)]) },
            'application/x-ndjson': { schema: Type.String() },
            'application/msgpack': { schema: Type.String({ format: 'binary' }) },
          },
        },
        response: answers({ 202: acceptedSchema }),
      },
      handler: (request, reply) =>
        tracing.begin(span, sentTrace(request), async (followed) => {
          const sandbox = sandboxOf(request, sandboxes)
          const { headers } = request
          const reader = bodyReader(headers['content-type'])
          const decompress = decompressor(headers['content-encoding'], config.decompressedBytesMax)
          if (redis.status !== 'ready') {
            throw new Problem('REDIS_UNAVAILABLE', 'Redis does not answer')
          }
          if (redisMemory.isNearlyFull()) {
            throw new Problem('REDIS_FULL', 'Redis has no memory to spare for more updates')
          }
          const reservation = inFlight.enter()
          let submission: Submission | undefined
          try {
            const sent = await receiveBody(request.raw, config.bodyBytesMax, reservation)
            const deadlineMs = performance.now() + answerDeadlineMs
            const body = await undone(sent, decompress, reservation, turns)
            if (body.length === 0) throw new Problem('BODY_EMPTY', 'the body is empty')
            const open = (): Submission => {
              submission = sandbox.groups.open(tracing.current())
              return submission
            }
            const taken = await takeIn(body, reader, {
              room,
              updatesMax: config.requestUpdatesMax,
              nowMs: sandbox.ports.clock.nowMs,
              open,
              proceed: () => {
                if (performance.now() > deadlineMs) throw tooSlow()
              },
            })
            // A sender that does not take its answer keeps it in memory.
            reservation.grow(taken.answer.length)
            const leftMs = Math.max(1, deadlineMs - performance.now())
            const outcome = await withDeadline(taken.submission.finish(), leftMs)
            const drainsInSecs =
              outcome === 'log-full'
                ? await sandbox.drain.seconds().catch(() => undefined)
                : undefined
            const problem = appendProblem(outcome, drainsInSecs)
            if (problem !== undefined) throw problem
            count(sandbox.name, taken)
            followed?.set({ 'segue.accepted': taken.accepted, 'segue.rejected': taken.rejected })
            return await reply.code(202).type('application/json; charset=utf-8').send(taken.answer)
          } finally {
            // What is under way is in memory until the log has answered, whatever the sender was told.
            const written = new Promise<void>((resolve) => {
              finished(reply.raw, () => resolve())
            })
            void Promise.all([submission?.finish(), written]).then(reservation.release)
          }
        }),
    })
  })
}

const span = { name: 'POST /v1/profiles', kind: 'server' } as const

/** The sender's trace; of several headers none counts. */
function sentTrace({ headers }: FastifyRequest): string | undefined {
  const sent = headers['traceparent']
  return typeof sent === 'string' ? sent : undefined
}

async function undone(
  sent: Buffer,
  decompress: Decompress | undefined,
  reservation: Reservation,
  turns: Turns,
): Promise<Buffer> {
  if (decompress === undefined || sent.length === 0) return sent
  const body = await turns.take(() => decompress(sent))
  reservation.grow(body.length)
  return body
}

function tooSlow(): Problem {
  return new Problem('DEADLINE_EXCEEDED', 'the updates could not all be checked in time')
}

function createCounts(metrics: Metrics): (sandbox: string, taken: TakenIn) => void {
  const acceptedTotal = metrics.counter('segue_updates_accepted_total')
  const rejectedTotal = metrics.counter('segue_updates_rejected_total')
  const warningsTotal = metrics.counter('segue_update_warnings_total')
  return (sandbox, { accepted, rejections, warnings }) => {
    acceptedTotal.inc({ sandbox }, accepted)
    for (const [code, number] of rejections) rejectedTotal.inc({ sandbox, code }, number)
    for (const [code, number] of warnings) warningsTotal.inc({ sandbox, code }, number)
  }
}
