import { XMLBuilder } from 'fast-xml-parser'
import type { WireAnswer } from '../faults/inject.ts'

/** What the edge answers an `/m2/` path; always with HTTP 200 where it understood that much. */
export function xmlReply(content: Readonly<Record<string, string | number | boolean>>): WireAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: xml.build({ response: content }),
  }
}

/** `success=false` and a message, in HTTP 200 (reference §5.2 A). */
export function refusedReply(message: string): WireAnswer {
  return xmlReply({ success: false, message })
}

/** An error of the paths under `/rest/`: `{"status":400,"message":"…"}`. */
export function statusReply(status: number, message: string): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify({ status, message }),
  }
}

/** An error before any API was reached, as a web server says it. */
export function pageReply(status: number): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html><body><h1>HTTP ${status}</h1></body></html>`,
  }
}

/** An edge's refusal; `answer` is what the journal calls it. */
export class EdgeRefused extends Error {
  readonly answer: string
  readonly wire: WireAnswer

  constructor(answer: string, wire: WireAnswer) {
    super(answer)
    this.answer = answer
    this.wire = wire
  }
}

const xml = new XMLBuilder({ format: false })
