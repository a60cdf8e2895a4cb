import { hash, timingSafeEqual } from 'node:crypto'

/**
 * A browser's session: a token of its own, issued in exchange for the one that was typed in, in a cookie that scripts cannot
 * read and that other sites' requests do not carry.
 */
export interface SessionCookies {
  readonly sessionName: string
  readonly options: {
    readonly path: '/'
    readonly sameSite: 'strict'
    readonly secure: boolean
    readonly maxAge: number
  }
}

/** Seconds after which one has to sign in again. */
export const sessionSeconds: number = 8 * 60 * 60

/**
 * The cookie and header that Bull Board's pages use by themselves (they are axios' defaults): what a page reads from the one
 * it sends back in the other, which a page of another origin cannot.
 */
export const csrfCookieName = 'XSRF-TOKEN'
export const csrfHeaderName = 'x-xsrf-token'

/** @param secure whether browsers send the cookies over TLS only; then no other host can set them either */
export function sessionCookies(secure: boolean): SessionCookies {
  return {
    sessionName: secure ? '__Host-segue_session' : 'segue_session',
    options: { path: '/', sameSite: 'strict', secure, maxAge: sessionSeconds },
  }
}

/** The value that changes made in this session must carry. It tells nothing about the session's token. */
export function csrfTokenOf(session: string): string {
  return hash('sha256', `csrf of ${session}`, 'base64url')
}

/** Compares in constant time. */
export function isCsrfToken(given: unknown, session: string): boolean {
  if (typeof given !== 'string') return false
  const wanted = Buffer.from(csrfTokenOf(session))
  const held = Buffer.from(given)
  return held.length === wanted.length && timingSafeEqual(held, wanted)
}
