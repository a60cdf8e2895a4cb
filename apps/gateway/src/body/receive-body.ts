import type { IncomingMessage } from 'node:http'
import { Problem } from '../problem.ts'

/**
 * Receives the body of a request as it was sent.
 *
 * What is over `maxBytes` is refused and not kept; the rest of it is left to Node, which reads and drops it so that the
 * sender, who may not listen before it has sent everything, gets the answer.
 *
 * @param received told of the bytes of each part before it is kept; may throw
 * @throws Problem PAYLOAD_TOO_LARGE, BODY_UNREADABLE, and what `received` throws
 */
export function receiveBody(
  message: IncomingMessage,
  maxBytes: number,
  received: (bytes: number) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let bytes = 0
    const stop = (): void => {
      message.off('data', keep).off('end', end).off('close', cut).off('error', cut)
      // An error after this is of no interest, and must not end the process.
      message.on('error', () => {})
    }
    const refuse = (problem: unknown): void => {
      stop()
      message.resume()
      reject(problem instanceof Error ? problem : new Error(String(problem)))
    }
    const keep = (part: Buffer): void => {
      bytes += part.length
      if (bytes > maxBytes) return refuse(tooLarge(maxBytes))
      try {
        received(part.length)
      } catch (problem) {
        return refuse(problem)
      }
      parts.push(part)
    }
    const end = (): void => {
      stop()
      resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, bytes))
    }
    const cut = (): void => {
      stop()
      reject(new Problem('BODY_UNREADABLE', 'the body ended before it was complete'))
    }
    if (Number(message.headers['content-length'] ?? 0) > maxBytes) {
      return refuse(tooLarge(maxBytes))
    }
    message.on('data', keep).on('end', end).on('close', cut).on('error', cut)
  })
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('PAYLOAD_TOO_LARGE', `the body is more than ${maxBytes} bytes`)
}
