import type { IncomingMessage } from 'node:http'
import { Problem } from '../problem.ts'
import type { Reservation } from './in-flight.ts'

/**
 * Receives the body of a request as it was sent.
 *
 * What is over `maxBytes` is refused and not kept; the rest of it is left to Node, which reads and drops it so that the
 * sender, who may not listen before it has sent everything, gets the answer.
 *
 * @param reservation what the body is to be held in: asked at once where the sender says how long it is, and for each part
 *   before it is kept
 * @throws Problem PAYLOAD_TOO_LARGE, BODY_UNREADABLE, and what the reservation throws
 */
export function receiveBody(
  message: IncomingMessage,
  maxBytes: number,
  reservation: Pick<Reservation, 'expect' | 'grow'>,
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
        reservation.grow(part.length)
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
    const length = Number(message.headers['content-length'] ?? 0)
    if (length > maxBytes) return refuse(tooLarge(maxBytes))
    try {
      reservation.expect(length)
    } catch (problem) {
      return refuse(problem)
    }
    message.on('data', keep).on('end', end).on('close', cut).on('error', cut)
  })
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('PAYLOAD_TOO_LARGE', `the body is more than ${maxBytes} bytes`)
}
