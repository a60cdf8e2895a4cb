import type { FastifyRequest } from 'fastify'
import { bodyOf } from '../../http/server.ts'
import type { Session } from './sessions.ts'
import { childOf, parseXml, type XmlElement } from './xml.ts'

/** A SOAP call: `parameters` in their order of appearance, which is all that tells them apart (reference §4.2). */
export interface SoapCall {
  readonly service: string
  readonly method: string
  /** The first parameter of every call; empty where the cookie has it. */
  readonly sessionToken: string
  readonly parameters: readonly XmlElement[]
}

const encoding = "SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'"
const literal = "SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'"

/** Reads a request's envelope. Undefined where it is none, or says of itself that it is another SOAP version. */
export function readCall(request: FastifyRequest, action: string): SoapCall | undefined {
  const root = parseXml(decoded(request))
  const method = root?.name === 'Envelope' ? childOf(childOf(root, 'Body')) : undefined
  if (method === undefined) return undefined
  const [first, ...rest] = method.children
  const hasToken = first !== undefined && /^_*sessiontoken$/i.test(first.name)
  return {
    service: action.slice(0, action.indexOf('#')),
    method: method.name,
    sessionToken: hasToken ? first.text : '',
    parameters: hasToken ? rest : method.children,
  }
}

/** The SOAPAction header without its quotes. */
export function actionOf(header: string | string[] | undefined): string {
  return String(header ?? '')
    .replaceAll('"', '')
    .trim()
}

/** The call's tokens: the session's from its first parameter or the cookie, the security token from the header. */
export function tokensOf({ headers }: FastifyRequest, { sessionToken }: SoapCall): Session {
  const cookie = /(?:^|;\s*)__sessiontoken=([^;\s]+)/.exec(headers.cookie ?? '')
  return {
    sessionToken: sessionToken === '' ? (cookie?.[1] ?? '') : sessionToken,
    securityToken: String(headers['x-security-token'] ?? ''),
  }
}

/** An answer's envelope around what is in its body. */
export function envelope(body: string): string {
  return (
    `<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema' ` +
    `xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:ns='http://xml.apache.org/xml-soap' ` +
    `xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`
  )
}

/** A method's answer. The documented samples have `m:` before the methods of `nms:subscription`, and an empty `urn:` for Write. */
export function methodAnswer(service: string, method: string, outputs = ''): string {
  if (service === 'nms:subscription') {
    return envelope(
      `<m:${method}Response xmlns:m='urn:${service}' ${encoding}>${outputs}</m:${method}Response>`,
    )
  }
  const urn = method.startsWith('Write') ? '' : service
  return envelope(
    `<${method}Response xmlns='urn:${urn}' ${encoding}>${outputs}</${method}Response>`,
  )
}

/** A text that a method answers; it must be escaped already. */
export function textOutput(name: string, text: string): string {
  return `<${name} xsi:type='xsd:string'>${text}</${name}>`
}

/** A document that a method answers. */
export function documentOutput(name: string, document: string): string {
  return `<${name} xsi:type='ns:Element' ${literal}>${document}</${name}>`
}

/** The charset is the header's, else the document's own, else UTF-8. */
function decoded(request: FastifyRequest): string {
  const body = bodyOf(request)
  const declared = /^[^>]{0,200}encoding=['"]([^'"]+)['"]/.exec(body.toString('latin1', 0, 256))
  const header = /charset="?([\w-]+)/i.exec(request.headers['content-type'] ?? '')
  const charset = (header?.[1] ?? declared?.[1] ?? 'utf-8').toLowerCase()
  return body.toString(charset === 'iso-8859-1' || charset === 'latin1' ? 'latin1' : 'utf8')
}
