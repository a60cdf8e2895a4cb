import type { AlertMessage } from '@segue/destinations'
import { createTransport } from 'nodemailer'
import type { SendOutcome } from './outcome.ts'
import { wordingOf } from './wording.ts'

const connectDeadlineMs = 10_000
const idleDeadlineMs = 20_000
/** For all of one message. */
const sendDeadlineMs = 60_000

export interface EmailSettings {
  /** `smtp://` or `smtps://`, with user and password where needed. */
  readonly url: string
  /** One address. */
  readonly from: string
}

export interface Emails {
  /** Sends a message once. Never throws. */
  readonly send: (to: string, message: AlertMessage) => Promise<SendOutcome>
  readonly close: () => void
}

/**
 * Sends messages as plain text over SMTP. Addresses are handed over as such, so nothing in them is read as a list or a header;
 * the Message-ID is made from the message's id, so that a repeat is known as one.
 */
export function createEmails({ url, from }: EmailSettings): Emails {
  const transport = createTransport({
    url,
    connectionTimeout: connectDeadlineMs,
    greetingTimeout: connectDeadlineMs,
    socketTimeout: idleDeadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return {
    send: async (to, message) => {
      const { title, lines } = wordingOf(message)
      try {
        await transport.sendMail({
          from: { name: 'Segue', address: from },
          to: { name: '', address: to },
          subject: title,
          text: `${lines.join('\n')}\n`,
          messageId: `<${message.id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(sendDeadlineMs),
        })
        return { status: 'sent' }
      } catch (error) {
        return troubleOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/** The server's own number where it gave one; its text may hold addresses and stays out. */
function troubleOf(error: unknown): SendOutcome {
  const answered =
    error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  const status = typeof answered === 'number' ? answered : 0
  if (status === 0) return { status: 'again', code: 'SMTP_UNREACHABLE' }
  const code = `SMTP_${status}`
  return status >= 500 ? { status: 'refused', code } : { status: 'again', code }
}
