import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import type { Line } from './order-free.ts'

export interface ClientOptions {
  /** Where the gateways are now; one that is away may be named. */
  readonly gateways: () => readonly string[]
  readonly token: () => string
  readonly updatesPerSecond: number
  /** Default 20: small requests, many of them. */
  readonly linesPerRequest?: number
  /** False: it is not remembered what was accepted. */
  readonly keeps?: boolean
  /** Ends all, unfinished requests too. */
  readonly signal: AbortSignal
}

/** Who sends updates, and keeps what was accepted. */
export interface Client {
  /**
   * Sends lines at the client's rate, those of a profile in order, each request until it is accepted.
   * @returns when all of them are
   */
  readonly stream: (lines: readonly Line[]) => Promise<void>
  /** Every line that was answered 202, in the order of the answers. */
  readonly accepted: () => readonly string[]
  readonly counts: () => ClientCounts
}

export interface ClientCounts {
  readonly requests: number
  /** Requests that were sent again since nobody answered in time. */
  readonly unanswered: number
  /** Answers other than 202, by status. */
  readonly refused: Readonly<Record<string, number>>
}

/** Requests under way at once: a profile's lines all go the same way. */
const lanes = 8
const linesPerRequestDefault = 20
/** Shorter than the gateway's own deadline, so that some requests are carried out after they were given up. */
const answerTimeoutMs = 1_500
const againMs = 100
const dueCheckMs = 20

/** A client as a careful sender writes it: what is not answered 202 is sent again, to the next gateway. */
export function startClient(options: ClientOptions): Client {
  const { linesPerRequest = linesPerRequestDefault, keeps = true } = options
  const accepted: string[] = []
  const refused: Record<string, number> = {}
  let requests = 0
  let unanswered = 0

  const send = async (url: string, lines: readonly Line[]): Promise<boolean> => {
    requests += 1
    let answer: Accepted
    try {
      answer = await post(url, options.token(), lines, options.signal)
    } catch {
      options.signal.throwIfAborted()
      unanswered += 1
      return false
    }
    if (answer.status !== 202) {
      refused[answer.status] = (refused[answer.status] ?? 0) + 1
      return false
    }
    if (answer.body.accepted !== lines.length) {
      throw new Error(`good updates were rejected: ${JSON.stringify(answer.body.rejected)}`)
    }
    return true
  }
  const sendUntilAccepted = async (turn: number, lines: readonly Line[]): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      const gateways = options.gateways()
      const url = gateways[(turn + attempt) % gateways.length]
      if (url !== undefined && (await send(url, lines))) break
      await sleep(againMs, undefined, { signal: options.signal })
    }
    if (keeps) for (const { text } of lines) accepted.push(text)
  }
  return {
    stream: async (lines) => {
      const startMs = Date.now()
      const queues = byLane(lines)
      const dueMs = (place: number): number => startMs + (place * 1_000) / options.updatesPerSecond
      await Promise.all(
        queues.map(async (queue, lane) => {
          let turn = lane
          for (let from = 0; from < queue.length;) {
            turn += 1
            const [next] = queue[from] ?? [0]
            while (dueMs(next) > Date.now()) {
              await sleep(dueCheckMs, undefined, { signal: options.signal })
            }
            const nowMs = Date.now()
            const due = queue
              .slice(from, from + linesPerRequest)
              .filter(([place]) => dueMs(place) <= nowMs)
            await sendUntilAccepted(
              turn,
              due.map(([, line]) => line),
            )
            from += due.length
          }
        }),
      )
    },
    accepted: () => accepted,
    counts: () => ({ requests, unanswered, refused: { ...refused } }),
  }
}

type Placed = readonly [place: number, line: Line]

/** Lines with their places in the stream; those of one profile in one lane. */
function byLane(lines: readonly Line[]): readonly (readonly Placed[])[] {
  const queues: Placed[][] = Array.from({ length: lanes }, () => [])
  for (const [place, line] of lines.entries()) {
    let sum = 0
    for (const letter of line.profileKey) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
    queues[sum % lanes]?.push([place, line])
  }
  return queues
}

interface Accepted {
  readonly status: number
  readonly body: { readonly accepted: number; readonly rejected: readonly unknown[] }
}

async function post(
  url: string,
  token: string,
  lines: readonly Line[],
  signal: AbortSignal,
): Promise<Accepted> {
  const answer = await request(`${url}/v1/profiles`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` },
    body: lines.map(({ text }) => text).join('\n'),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
  })
  const text = await answer.body.text()
  return {
    status: answer.statusCode,
    body: answer.statusCode === 202 ? JSON.parse(text) : { accepted: 0, rejected: [] },
  }
}
