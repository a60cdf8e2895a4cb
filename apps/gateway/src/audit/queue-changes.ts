import type { AuditEntry, ConfigurationStore } from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Sandboxes } from '../sandbox.ts'
import { actorOf } from '../services.ts'

/** The path of Bull Board's own API below the board's. */
const queuesSegment = 'queues'

interface QueueParameters {
  readonly queueName?: string
  readonly jobId?: string
  readonly queueStatus?: string
  readonly schedulerId?: string
}

/**
 * Records each change that somebody made through Bull Board: who, at which queue or job, and how that stood before and after.
 * A change that was refused is none. The event is written before the answer goes out: without it there is no good answer.
 *
 * @param scope where Bull Board's routes are registered
 */
export function recordQueueChanges(
  scope: FastifyInstance,
  sandboxes: Sandboxes,
  configuration: Pick<ConfigurationStore, 'record'>,
): void {
  const before = new WeakMap<FastifyRequest, object | undefined>()
  scope.addHook('preHandler', async (request) => {
    if (!reads(request.method)) before.set(request, await stateOf(request, sandboxes))
  })
  scope.addHook('onSend', async (request, reply) => {
    if (reads(request.method) || !before.has(request) || reply.statusCode >= 400) return
    const after = await stateOf(request, sandboxes)
    await configuration.record([entryOf(request, before.get(request), after)])
  })
}

function reads(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** What a change at a queue was, by the route it came through. */
function entryOf(request: FastifyRequest, was: unknown, is: unknown): AuditEntry {
  const { queueName, jobId, queueStatus, schedulerId } = parametersOf(request)
  const sandboxName = queueName?.slice(0, queueName.indexOf('.'))
  const { name, requestId } = actorOf(request)
  const given = request.body ?? undefined
  const scope = {
    ...(jobId === undefined ? {} : { jobId }),
    ...(queueStatus === undefined ? {} : { status: queueStatus }),
    ...(schedulerId === undefined ? {} : { schedulerId }),
  }
  return {
    actor: name,
    ...(requestId === undefined ? {} : { requestId }),
    action: queueActionOf(request.routeOptions.url ?? ''),
    kind: 'queue',
    id: queueName ?? 'all',
    ...(sandboxName === undefined ? {} : { sandboxName }),
    before: { ...scope, state: was },
    after: { ...scope, state: is, ...(given === undefined ? {} : { given }) },
  }
}

/**
 * What a route of the board does, by the fixed parts of its path: `pause`, `retry`, `rate-limit-release`.
 * @param url as it was declared
 */
function queueActionOf(url: string): string {
  const segments = url.split('/')
  const own = segments.slice(segments.lastIndexOf(queuesSegment) + 1)
  return own.filter((segment) => !segment.startsWith(':')).join('-')
}

/** How the queue, or the job, stands: as far as it is known. */
async function stateOf(request: FastifyRequest, sandboxes: Sandboxes): Promise<object | undefined> {
  const { queueName, jobId } = parametersOf(request)
  if (queueName === undefined) return undefined
  const dot = queueName.indexOf('.')
  const queue = sandboxes.get(queueName.slice(0, dot))?.queues.get(queueName.slice(dot + 1))
  if (queue === undefined) return undefined
  if (jobId !== undefined) return { job: await queue.getJobState(jobId) }
  const [paused, jobs] = await Promise.all([queue.isPaused(), queue.getJobCounts()])
  return { paused, jobs }
}

function parametersOf({ params }: FastifyRequest): QueueParameters {
  return typeof params === 'object' && params !== null ? params : {}
}
