import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A request that a webhook's receiver got. */
export interface Posted {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A webhook's receiver on this machine. */
export interface WebhookReceiver {
  readonly url: string
  readonly port: number
  readonly posted: readonly Posted[]
  /** How it answers from now on. */
  answer: (response: ServerResponse) => void
  readonly close: () => Promise<void>
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const posted: Posted[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      posted.push({ method, path, headers, body: Buffer.concat(chunks).toString() })
      receiver.answer(response)
    })
  })
  const port = await listening(server)
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    posted,
    answer: (response) => response.writeHead(204).end(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

/** A mail that a server got, with the addresses of its envelope. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** A mail server on this machine, that takes every mail but those to recipients that `refuses` answers a number for. */
export async function startMailServer(
  refuses: (recipient: string) => number | undefined = () => undefined,
): Promise<{
  readonly url: string
  readonly mails: readonly Mail[]
  readonly close: () => Promise<void>
}> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = refuses(address)
      if (responseCode === undefined) callback()
      else callback(Object.assign(new Error(`no ${address} here`), { responseCode }))
    },
    onData: (stream, { envelope }, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        })
        callback()
      })
    },
  })
  const port = await listening(server.server)
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function listening(server: {
  readonly listen: (port: number, host: string, ready: () => void) => unknown
  readonly address: () => AddressInfo | string | null
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
