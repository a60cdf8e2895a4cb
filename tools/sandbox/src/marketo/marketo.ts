import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import { injectFaults, type WireAnswer } from '../faults/inject.ts'
import { createServer } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import { isKnownCode, reason, recordCodes, RequestRefused } from './errors.ts'
import { gateCalls, wrongMethod } from './gate.ts'
import { identityRoutes } from './identity-routes.ts'
import type { Instance } from './instance.ts'
import { leadRoutes } from './lead-routes.ts'
import { listRoutes } from './list-routes.ts'
import { journalRows } from './parameters.ts'
import { refusedAnswer, requestId } from './replies.ts'
import { staticListRoutes } from './static-list-routes.ts'
import { statsRoutes } from './stats-routes.ts'

/** Stands in for `https://<munchkinId>.mktorest.com`, identity and REST (reference §6). */
export function createMarketo(
  instance: Instance,
  shared: { readonly faults: Faults; readonly journal: Journal },
): FastifyInstance {
  const app = createServer(instance.settings.bodyBytes)
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set()
    methods.set(url, known)
    for (const each of [method].flat()) known.add(each)
  })

  gateCalls(app, instance)
  injectFaults(app, { solution: 'marketo', ...shared, render: faultAnswer })

  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      request.answer = '413'
      void reply.code(413).header('content-type', 'text/html').send('Request Entity Too Large')
      return
    }
    // A content type that Fastify cannot read is a wrong one; anything else unexpected is Marketo's 611.
    const known = error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? '612' : '611'
    const why = error instanceof RequestRefused ? error.reason : reason(known)
    request.answer = why.code
    const { status, headers, body } = refusedAnswer(why)
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw new RequestRefused('610')
  })
  // Counted where every refused call ends, scripted ones included.
  app.addHook('onSend', async (request) => {
    if (request.answer !== 'ok') instance.limits.failed(request.answer, request.counted)
  })

  identityRoutes(app, instance.settings, instance.tokens)
  leadRoutes(app, instance)
  listRoutes(app, instance)
  staticListRoutes(app, instance)
  statsRoutes(app, instance)
  refuseOtherMethods(app, methods)
  return app
}

/** Every known path answers 605 to a method that it has not, where an unknown path answers 610. */
function refuseOtherMethods(
  app: FastifyInstance,
  methods: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
  for (const [url, known] of Array.from(methods)) {
    const others = all.filter((method) => !known.has(method))
    if (others.length === 0) continue
    app.route({
      method: others,
      url,
      config: { operation: wrongMethod },
      handler: () => {
        throw new RequestRefused('605')
      },
    })
  }
}

/** What a scripted code looks like on the wire: an HTTP status below 600, else Marketo's own code in its envelope. */
function faultAnswer(code: string, request: FastifyRequest): WireAnswer | undefined {
  const status = Number(code)
  if (status >= 400 && status < 600) {
    return { status, headers: { 'content-type': 'text/html' }, body: `<html>${status}</html>` }
  }
  if (!isKnownCode(code)) return undefined
  const details = ['sandbox', 'fault']
  const rows = recordCodes.has(code) ? journalRows(request) : []
  if (rows.length === 0) return refusedAnswer(reason(code, ...details))
  const reasons = [reason(code, ...details)]
  const result = rows.map((id) => ({ id, status: 'skipped', reasons }))
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: JSON.stringify({ requestId: requestId(), result, success: true }),
  }
}
