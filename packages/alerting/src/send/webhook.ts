import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { signingKey, type Alert, type AlertMessage } from '@segue/destinations'
import { Agent, buildConnector, request } from 'undici'
import { AddressRefused, type AllowedHosts } from './allowed-addresses.ts'
import type { SendOutcome } from './outcome.ts'
import { wordingOf } from './wording.ts'

/** From looking up the host to the head of the answer. */
const answerDeadlineDefaultMs = 10_000
const connectionsMax = 4

export interface Webhooks {
  /** Posts a message once. Never throws. */
  readonly send: (
    to: { readonly url: string; readonly secret: string },
    message: AlertMessage,
  ) => Promise<SendOutcome>
  readonly close: () => Promise<void>
}

/**
 * Posts messages as JSON, signed as the Standard Webhooks specification says: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`, an HMAC-SHA256 of id, timestamp and body. The id stays the same when a message is sent again.
 *
 * Every connection goes to an address that was checked: names are resolved by `hosts.lookup`, and an address that stands in the
 * URL itself, which is never looked up, is checked by the connector. Redirects are not followed: they could lead anywhere.
 */
export function createWebhooks(
  hosts: AllowedHosts,
  answerDeadlineMs: number = answerDeadlineDefaultMs,
): Webhooks {
  const connector = buildConnector({
    lookup: hosts.lookup,
    timeout: answerDeadlineMs,
    allowH2: false,
  })
  const agent = new Agent({
    connections: connectionsMax,
    // A connection is of one message: the next one looks its host up again.
    pipelining: 0,
    headersTimeout: answerDeadlineMs,
    bodyTimeout: answerDeadlineMs,
    connect: (options, callback) => {
      const address = options.hostname.replaceAll(/^\[|\]$/g, '')
      if (isIP(address) !== 0 && !hosts.allows(address, address)) {
        callback(new AddressRefused('the address is not allowed'), null)
      } else connector(options, callback)
    },
  })
  return {
    send: async ({ url, secret }, message) => {
      const body = JSON.stringify(bodyOf(message))
      try {
        const answer = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'user-agent': 'segue-alerts',
            ...signatureHeaders(message.id, body, secret),
          },
          body,
          signal: AbortSignal.timeout(answerDeadlineMs),
        })
        // What it says beside its status is of no use here; a connection with a body that nobody reads would stay.
        answer.body.on('error', () => {}).destroy()
        return outcomeOf(answer.statusCode, answer.headers['retry-after'])
      } catch (error) {
        return troubleOf(error)
      }
    },
    close: () => agent.destroy(),
  }
}

/** The JSON that is posted. `text` is for people, and for chats that show it. */
function bodyOf(message: AlertMessage): object {
  const { id, change, subscriptionId, atMs, alert } = message
  const { title, lines } = wordingOf(message)
  return {
    id,
    type: `alert.${change}`,
    timestamp: new Date(atMs).toISOString(),
    subscriptionId,
    text: [title, ...lines].join('\n'),
    ...(alert === undefined ? {} : { alert: alertView(alert) }),
  }
}

/** An alert as receivers see it. */
function alertView({ raisedAtMs, resolvedAtMs, ...alert }: Alert): object {
  return {
    ...alert,
    state: resolvedAtMs === undefined ? 'raised' : 'resolved',
    raisedAt: new Date(raisedAtMs).toISOString(),
    ...(resolvedAtMs === undefined ? {} : { resolvedAt: new Date(resolvedAtMs).toISOString() }),
  }
}

function signatureHeaders(id: string, body: string, secret: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const hmac = createHmac('sha256', signingKey(secret)).update(`${id}.${timestamp}.${body}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  }
}

function outcomeOf(status: number, retryAfter: string | string[] | undefined): SendOutcome {
  if (status >= 200 && status < 300) return { status: 'sent' }
  const code = `WEBHOOK_HTTP_${status}`
  // It was moved, or is gone on purpose: asking again does not bring it back.
  if ((status >= 300 && status < 400) || status === 410) return { status: 'refused', code }
  const seconds = Number(retryAfter)
  return { status: 'again', code, ...(seconds > 0 ? { afterMs: seconds * 1_000 } : {}) }
}

/** What kept a message from being sent, without what stands in the error: it might name the address. */
function troubleOf(error: unknown): SendOutcome {
  if (error instanceof AddressRefused) return { status: 'refused', code: error.code }
  const name = error instanceof Error ? error.name : ''
  return {
    status: 'again',
    code: name.includes('Timeout') ? 'WEBHOOK_TIMEOUT' : 'WEBHOOK_UNREACHABLE',
  }
}
