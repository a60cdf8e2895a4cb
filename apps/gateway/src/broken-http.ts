import type { Socket } from 'node:net'
import { Problem } from './problem.ts'

/** Answers what Node could not read as a request, in the shape of every other error, and hangs up. */
export function answerBrokenHttp(error: Error & { readonly code: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = new Problem('HTTP_INVALID', details.get(error.code) ?? 'this is not HTTP')
  const body = JSON.stringify(problem.body())
  socket.end(
    [
      `HTTP/1.1 ${problem.status} Bad Request`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

const details: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', "the request's head is too large"],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'the request took too long to arrive'],
])
