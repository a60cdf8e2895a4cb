import { redisTrouble } from '@segue/redis'
import type { Logger, Metrics } from '@segue/telemetry'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { loginPage, pageHeaders, safeNext } from './access/login-page.ts'
import type { Problem } from './problem.ts'
import { toProblem } from './to-problem.ts'

/** Answers a request with what went wrong. */
export type AnswerProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
) => FastifyReply

/** Counts each problem, and logs what is ours to mend. */
export function createAnswerProblem(log: Logger, metrics: Metrics): AnswerProblem {
  const counted = metrics.counter('segue_http_problems_total')
  const redisErrors = metrics.counter('segue_redis_errors_total')
  return (request, reply, error) => {
    const problem = toProblem(error)
    counted.inc({ code: problem.code })
    if (problem.code === 'REDIS_UNAVAILABLE') {
      redisErrors.inc({ kind: redisTrouble(error)?.kind ?? 'away' })
    }
    if (problem.code === 'INTERNAL') {
      // The route's pattern and not the address, which may hold an identity.
      const { method, url: route } = request.routeOptions
      log.error({ requestId: request.id, method, route, err: problem.cause }, 'request failed')
    }
    if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter))
    if (problem.status === 401) {
      reply.header('www-authenticate', 'Bearer realm="segue"')
      if (wantsPage(request)) return answerWithLogin(request, reply, problem)
    }
    return reply
      .code(problem.status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ ...problem.body(), requestId: request.id }))
  }
}

/** A browser that navigates, as opposed to a program or a script of a page. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html')
}

function answerWithLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  const [path] = request.url.split('?', 1)
  const page = loginPage({
    next: safeNext(path),
    ...(problem.code === 'TOKEN_MISSING' ? {} : { problem: problem.message }),
  })
  return reply.code(problem.status).headers(pageHeaders).send(page)
}
