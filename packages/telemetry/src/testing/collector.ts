import { createServer } from 'node:http'

/** A span as a collector gets it. */
export interface CollectedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A server that takes OTLP over HTTP in JSON, as OpenTelemetry's collector does. */
export interface Collector {
  readonly url: string
  readonly spans: () => readonly CollectedSpan[]
  /** All that came, as it came. */
  readonly bodies: () => readonly string[]
  readonly stop: () => Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (request.method === 'POST' && request.url === '/v1/traces') {
        bodies.push(Buffer.concat(parts).toString('utf8'))
        response.setHeader('content-type', 'application/json').end('{}')
      } else response.writeHead(404).end()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    bodies: () => bodies,
    spans: () => bodies.flatMap(spansOf),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly links?: CollectedSpan['links']
        readonly attributes?: readonly Attribute[]
      }[]
    }[]
  }[]
}

function spansOf(body: string): CollectedSpan[] {
  const { resourceSpans }: Exported = JSON.parse(body)
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name'])
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ name, traceId, spanId, parentSpanId = '', links = [], attributes = [] }) => ({
        service,
        name,
        traceId,
        spanId,
        parentSpanId,
        links,
        attributes: valuesOf(attributes),
      }))
  })
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
