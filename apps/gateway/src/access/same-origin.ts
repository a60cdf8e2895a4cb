import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser sent this request from a page of this gateway.
 *
 * `Sec-Fetch-Site` tells where it is there (all browsers since 2023, only over TLS or from this machine); else the origin must
 * name the host that the request was sent to. A request with neither did not come from a page.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  if (origin === undefined || host === undefined) return false
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}
