import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import type { SoapFault } from './fault-codes.ts'

/** Elements by name; `@name` is an attribute; an array repeats an element. */
export type XmlContent = string | { readonly [name: string]: XmlContent | readonly XmlContent[] }

/** What a SOAP answer holds. */
export type SoapAnswer =
  | { readonly kind: 'response'; readonly content: unknown }
  | { readonly kind: 'fault'; readonly fault: SoapFault }

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  // `x="true"` is what was meant, not a bare `x`.
  suppressBooleanAttributes: false,
})

/** Everything stays text; entities are the five of XML and numbers, for documents that declare their own are refused before. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  maxNestedTags: 32,
  // Numeric ones too: the parser leaves them as they are otherwise.
  htmlEntities: true,
})

/**
 * Writes one call as a SOAP 1.1 envelope, everything escaped.
 * @param schema the service's schema, `xtk:persist`; its namespace is `urn:` and this
 */
export function soapEnvelope(schema: string, method: string, parameters: XmlContent): string {
  const content = typeof parameters === 'string' ? { '#text': parameters } : parameters
  const xml: string = builder.build({
    'soapenv:Envelope': {
      '@xmlns:soapenv': 'http://schemas.xmlsoap.org/soap/envelope/',
      'soapenv:Header': '',
      'soapenv:Body': { [method]: { '@xmlns': `urn:${schema}`, ...content } },
    },
  })
  return `<?xml version="1.0" encoding="UTF-8"?>${xml}`
}

const fault = z.object({
  faultcode: z.unknown(),
  faultstring: z.unknown().optional(),
  detail: z.unknown().optional(),
})
const answer = z.object({ Envelope: z.object({ Body: z.record(z.string(), z.unknown()) }) })

/**
 * Reads an answer to a method; undefined where it is not SOAP, or not an answer to it.
 * A document type is never needed and brings entities of its own: an answer with one is not read.
 */
export function readSoap(text: string, method: string): SoapAnswer | undefined {
  if (text.includes('<!DOCTYPE')) return undefined
  let parsed: unknown
  try {
    parsed = parser.parse(text, true)
  } catch {
    return undefined
  }
  const result = answer.safeParse(parsed)
  if (!result.success) return undefined
  const body = result.data.Envelope.Body
  const asFault = fault.safeParse(body['Fault'])
  if (asFault.success) return { kind: 'fault', fault: readFault(asFault.data) }
  const name = `${method}Response`
  return name in body ? { kind: 'response', content: body[name] } : undefined
}

function readFault(given: z.output<typeof fault>): SoapFault {
  return {
    faultCode: textOf(given.faultcode).split(':').at(-1) ?? '',
    text: `${textOf(given.faultstring)}\n${textOf(given.detail)}`,
  }
}

const withText = z.object({ '#text': z.string() })

/** The text of an element, with or without attributes of its own; for a detail with elements inside, all of it. */
export function textOf(element: unknown): string {
  if (typeof element === 'string') return element
  const result = withText.safeParse(element)
  if (result.success) return result.data['#text']
  return typeof element === 'object' && element !== null ? JSON.stringify(element) : ''
}
