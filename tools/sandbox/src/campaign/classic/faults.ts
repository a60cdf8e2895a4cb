import type { WireAnswer } from '../../faults/inject.ts'
import type { UniqueViolated } from '../table.ts'
import { envelope } from './envelope.ts'
import { escapeXml } from './xml.ts'

/** Why a call is refused, before it is known which method it was for. */
export interface FaultReason {
  /** As the journal and fault scripts name it. */
  readonly code: string
  readonly faultcode: 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand'
  /** Undefined where the method's own failure says it: `Error while executing the method …`. */
  readonly faultstring?: string
  readonly detail?: string
  /** Sessions and logons are refused with another HTTP status than the rest. */
  readonly status?: number
}

/** A call that ends in a SOAP fault (reference §4.2). */
export class ClassicRefused extends Error {
  readonly reason: FaultReason

  constructor(reason: FaultReason) {
    super(reason.detail ?? reason.faultstring ?? reason.code)
    this.reason = reason
  }
}

/** The status of a refused session or logon, as clients of v7 report it [I]. */
const forbidden = 403

export const sessionExpired: FaultReason = {
  code: 'XSV350008',
  faultcode: 'Client',
  faultstring: 'XSV-350008 Session has expired or is invalid. Please reconnect.',
  status: forbidden,
}

export const wrongLogin: FaultReason = {
  code: 'XSV350012',
  faultcode: 'Client',
  faultstring: 'XSV-350012 Invalid login or password. Connection denied.',
  status: forbidden,
}

const addressRefused: FaultReason = {
  code: 'XSV350013',
  faultcode: 'Client',
  faultstring: "XSV-350013 The IP address via which you are trying to log on isn't authorized.",
  status: forbidden,
}

export function unknownMethod(service: string, method: string): FaultReason {
  return {
    code: 'SOP330006',
    faultcode: 'Client',
    faultstring: `SOP-330006 The method '${method}' is not defined in SOAP service '${service}'.`,
  }
}

export function badMessage(why: string): FaultReason {
  return { code: 'Client', faultcode: 'Client', faultstring: why }
}

/** A method's own failure: the fault string is the same for all of them, the detail says why. */
export function failed(code: string, detail: string): ClassicRefused {
  return new ClassicRefused({ code, faultcode: 'Server', detail })
}

export function unknownSchema(schema: string): ClassicRefused {
  return failed('XTK170024', `XTK-170024 The schema '${schema}' is not defined.`)
}

export function unknownAttribute(attribute: string, schema: string): ClassicRefused {
  return failed(
    'XTK170036',
    `XTK-170036 Attribute '${attribute}' unknown (see definition of schema '${schema}').`,
  )
}

export function unknownElement(name: string, schema: string): ClassicRefused {
  return failed(
    'XTK170036',
    `XTK-170036 Element '${name}' unknown (see definition of schema '${schema}').`,
  )
}

export function badExpression(expression: string): ClassicRefused {
  return failed('XTK170036', `XTK-170036 Unable to parse expression '${expression}'.`)
}

/** The documented sample's form: the database's own words, then the document that could not be saved. */
export function duplicateRow(
  { index }: UniqueViolated,
  table: string,
  schema: string,
): ClassicRefused {
  return failed(
    'ODBC',
    `ODBC error: [Microsoft][ODBC SQL Server Driver][SQL Server]Cannot insert duplicate key row in object '${table}' with unique index '${index.name}'. SQLSTate: 23000\n` +
      `ODBC error: [Microsoft][ODBC SQL Server Driver][SQL Server]The statement has been terminated. SQLSTate: 01000 Cannot save the '${schema}' document`,
  )
}

/** A fault on the wire. @param action `xtk:persist#Write`, for failures that name their method */
export function faultAnswer(reason: FaultReason, action: string, status: number): WireAnswer {
  const [service = '', method = ''] = action.split('#')
  const faultstring =
    reason.faultstring ??
    `SOP-330011 Error while executing the method '${method}' of service '${service}'.`
  const detail =
    reason.detail === undefined
      ? ''
      : `<detail xsi:type='xsd:string'>${escapeXml(reason.detail)}</detail>`
  return {
    status: reason.status ?? status,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: envelope(
      `<SOAP-ENV:Fault><faultcode>SOAP-ENV:${reason.faultcode}</faultcode>` +
        `<faultstring xsi:type='xsd:string'>${escapeXml(faultstring)}</faultstring>${detail}</SOAP-ENV:Fault>`,
    ),
  }
}

/** Scripted codes: those above without their hyphen, `ODBC`, a fault code, or an HTTP status with a page. */
export function classicFaultAnswer(
  code: string,
  action: string,
  status: number,
): WireAnswer | undefined {
  const known = [sessionExpired, wrongLogin, addressRefused].find((reason) => reason.code === code)
  if (known !== undefined) return faultAnswer(known, action, status)
  const asked = 'An error was asked for.'
  switch (code) {
    case 'Client':
    case 'Server':
    case 'VersionMismatch':
    case 'MustUnderstand':
      return faultAnswer({ code, faultcode: code, faultstring: asked }, action, status)
    case 'SOP330011':
      return faultAnswer({ code, faultcode: 'Server' }, action, status)
    case 'XTK170024':
      return faultAnswer(unknownSchema('cus:fault').reason, action, status)
    case 'XTK170036':
      return faultAnswer(unknownAttribute('fault', 'Sandbox (cus:fault)').reason, action, status)
    case 'ODBC': {
      const detail = `ODBC error: [Microsoft][ODBC SQL Server Driver][SQL Server]Cannot insert duplicate key row in object 'CusFault' with unique index 'CusFault_name'. SQLSTate: 23000`
      return faultAnswer({ code, faultcode: 'Server', detail }, action, status)
    }
    default: {
      const http = Number(code)
      if (!(http >= 400 && http < 600)) return undefined
      return {
        status: http,
        headers: { 'content-type': 'text/html' },
        body: `<html><body>${http}</body></html>`,
      }
    }
  }
}
