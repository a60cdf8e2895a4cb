import { request } from 'node:http'

export interface Exchanged {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON. */
  readonly json: () => unknown
}

export interface Message {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly signal?: AbortSignal
}

/** One HTTP exchange with the target exactly as written: no client's idea of encoding or of the Host header comes between. */
export function exchange(
  origin: string,
  target: string,
  message: Message = {},
): Promise<Exchanged> {
  const { hostname, port } = new URL(origin)
  const { method = 'GET', body = '', signal } = message
  // Node sends no length of its own with a DELETE.
  const length = body.length === 0 ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const headers = { ...length, ...message.headers }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        path: target,
        method,
        headers,
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('latin1')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: () => JSON.parse(Buffer.from(text, 'latin1').toString()),
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
