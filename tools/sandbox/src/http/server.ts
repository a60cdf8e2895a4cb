import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation's name in fault scripts and in the journal, `lists.add`. */
    operation?: string
    /** The rows that a request is about, for the journal; no identities. */
    rows?: (request: FastifyRequest) => readonly number[]
  }
  interface FastifyRequest {
    /** What the server decided: `ok`, or the code that it answered. */
    answer: string
  }
}

/**
 * A bare HTTP server: bodies arrive as buffers whatever their type (each API has its own idea of a wrong one), paths and
 * headers may be longer than usual so that the API's own limits are met first, and closing does not wait for anybody.
 */
export function createServer(bodyBytes: number): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyBytes,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestTimeout: 0,
    http: { maxHeaderSize: 1_048_576, requireHostHeader: false },
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.decorateRequest('answer', 'ok')
  return app
}

/** Starts to listen on the loopback address. Port 0 takes a free one. Answers the origin, `http://127.0.0.1:4010`. */
export function listen(app: FastifyInstance, port: number): Promise<string> {
  return app.listen({ host: '127.0.0.1', port })
}

/** The request's path and query as they came, before any decoding. */
export function rawTarget(request: FastifyRequest): { path: string; query: string } {
  const target = request.raw.url ?? '/'
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: '' }
  return { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Query parameters, repeated ones kept. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(rawTarget(request).query)
}

/** The body as it came; empty where there was none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** The media type without parameters, lower case; empty where there was none. */
export function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

export const formType = 'application/x-www-form-urlencoded'
export const jsonType = 'application/json'
