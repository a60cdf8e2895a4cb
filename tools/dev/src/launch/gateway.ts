import { setTimeout as sleep } from 'node:timers/promises'
import type { Books } from '../report.ts'
import { expectSuccess, httpJson } from './http-json.ts'
import { inputLines } from './input-lines.ts'

/** The gateway's status, as far as the launcher reads it (design §13). */
export interface Status {
  readonly idle: boolean
  readonly partitions: readonly { readonly lag: number }[]
  readonly memberships: { readonly realized: number; readonly exited: number }
  readonly books: Readonly<Record<string, Readonly<Record<string, Books>>>>
}

/** A gateway with a token for it. */
export interface Gateway {
  readonly url: string
  readonly token: string
}

export async function readStatus({ url, token }: Gateway): Promise<Status> {
  const answer = await httpJson<Status>('GET', `${url}/v1/status`, { token })
  expectSuccess('the gateway', answer)
  return answer.body
}

/** The gateway's answer to updates. */
interface Accepted {
  readonly accepted: number
  readonly rejected: readonly unknown[]
}

export interface StreamCounts {
  readonly accepted: number
  readonly rejected: number
}

/** Lines of one request: large enough to be cheap, small enough to show progress. */
const linesPerRequest = 2_000
/** Tries of one request while the gateway asks to wait; with its `Retry-After` this is several minutes. */
const attemptsMax = 300
const retryDefaultMs = 1_000

/**
 * Streams a file, request after request, so that the order of the lines is the order of the log.
 *
 * @param progressed is told of the sums after each request
 * @param signal ends the stream early, between two requests
 */
export async function streamFile(
  gateway: Gateway,
  file: string,
  progressed: (counts: StreamCounts) => void,
  signal: AbortSignal,
): Promise<StreamCounts> {
  let counts: StreamCounts = { accepted: 0, rejected: 0 }
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return
    const answer = await post(gateway, lines.join('\n'), signal)
    counts = {
      accepted: counts.accepted + answer.accepted,
      rejected: counts.rejected + answer.rejected,
    }
    lines = []
    progressed(counts)
  }
  for await (const line of inputLines(file)) {
    if (signal.aborted) return counts
    lines.push(line)
    if (lines.length >= linesPerRequest) await flush()
  }
  await flush()
  return counts
}

async function post(gateway: Gateway, body: string, signal: AbortSignal): Promise<StreamCounts> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await httpJson<Accepted>('POST', `${gateway.url}/v1/profiles`, {
      token: gateway.token,
      contentType: 'application/x-ndjson',
      body,
    })
    if (answer.status === 202) {
      const { accepted, rejected } = answer.body as {
        accepted: number
        rejected: readonly unknown[]
      }
      return { accepted, rejected: rejected.length }
    }
    // A body of which nothing could be read counts line by line, as its lines would elsewhere.
    if (answer.status === 400) {
      return { accepted: 0, rejected: body.split('\n').filter((line) => line.trim() !== '').length }
    }
    const waits = answer.status === 429 || answer.status === 503
    if (!waits || attempt === attemptsMax) expectSuccess('the gateway', answer)
    await sleep(answer.retryAfterSecs * 1_000 || retryDefaultMs, undefined, { signal })
  }
}
