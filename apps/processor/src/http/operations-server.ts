import { createServer, type ServerResponse } from 'node:http'
import type { Metrics } from '@segue/telemetry'
import { askReadiness, type ReadinessOptions } from './readiness.ts'

/** What watches a processor talks to. */
export interface OperationsServer {
  readonly url: string
  readonly close: () => Promise<void>
}

export interface OperationsServerOptions extends ReadinessOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly metrics: Metrics
  /** Sets the gauges that are looked up when they are read. */
  readonly gather: () => void
}

/** Requests come from probes and scrapers: small, and few. */
const receiveDeadlineMs = 5_000
const connectionsMax = 64

/**
 * Serves `/healthz`, `/readyz` and `/metrics` of a processor. It asks for no token and shows numbers and states alone: whoever
 * lets it listen beyond this machine decides who reaches it.
 *
 * @throws where the port is taken
 */
export async function startOperationsServer(
  options: OperationsServerOptions,
): Promise<OperationsServer> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    switch (path) {
      // That this is answered shows it: the process lives, and its event loop turns.
      case '/healthz':
        return json(response, 200, { status: 'ok' })
      case '/readyz': {
        const { ready, reasons, sandboxes } = await askReadiness(options)
        const status = ready ? 'ok' : 'unready'
        return json(response, ready ? 200 : 503, { status, reasons, sandboxes })
      }
      case '/metrics': {
        options.gather()
        const { contentType, body } = await options.metrics.exposition()
        response.writeHead(200, { 'content-type': contentType }).end(body)
        return
      }
      default:
        return json(response, 404, {
          status: 'unknown',
          paths: ['/healthz', '/readyz', '/metrics'],
        })
    }
  }
  const server = createServer((request, response) => {
    request.resume()
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      json(response, 405, { status: 'unknown', methods: ['GET'] })
      return
    }
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    answer(path, response).catch(() => json(response, 500, { status: 'failed' }))
  })
  server.requestTimeout = receiveDeadlineMs
  server.headersTimeout = receiveDeadlineMs
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    .end(JSON.stringify(body))
}
