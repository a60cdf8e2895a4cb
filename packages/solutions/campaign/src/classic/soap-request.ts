import type { HttpRequest } from '@segue/solution-kit'
import { soapEnvelope } from './soap-envelope.ts'
import type { XmlContent } from './soap-envelope.ts'

/** The one address of all calls (`reference/solutions.md` §4.2). */
export function soapRouter(url: string): URL {
  return new URL('nl/jsp/soaprouter.jsp', url.endsWith('/') ? url : `${url}/`)
}

/** A call to the router, as yet without a session. */
export function soapRequest(
  router: URL,
  call: { readonly schema: string; readonly method: string; readonly parameters: XmlContent },
): HttpRequest {
  return {
    method: 'POST',
    url: router,
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      soapaction: `${call.schema}#${call.method}`,
    },
    body: soapEnvelope(call.schema, call.method, call.parameters),
  }
}
