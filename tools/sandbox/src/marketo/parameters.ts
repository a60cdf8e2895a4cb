import type { FastifyRequest } from 'fastify'
import { bodyOf, formType, jsonType, mediaTypeOf, queryOf } from '../http/server.ts'
import { isObject, parseObject } from '../json/json.ts'
import { RequestRefused } from './errors.ts'

/** Records a call may carry: 300 everywhere in the lead database (reference §6.4). */
export const maxRecords = 300

/** A whole number, or 1001 as Marketo answers a value of the wrong type. */
export function integerOf(text: string, type = 'Integer'): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RequestRefused('1001', text.slice(0, 50), type)
}

/** A whole number within bounds; `byDefault` where it is not given. */
export function boundedOf(
  text: string | null,
  byDefault: number,
  most: number,
  name: string,
): number {
  if (text === null) return byDefault
  const value = integerOf(text)
  if (value >= 1 && value <= most) return value
  throw new RequestRefused('1003', `${name} must be from 1 to ${most}`)
}

export function required(text: string | null, name: string): string {
  if (text === null || text === '') throw new RequestRefused('1002', name)
  return text
}

/** Whether a POST stands in for a GET whose query would be too long (reference §6.3). */
export function isQueryInBody(request: FastifyRequest): boolean {
  if (request.method !== 'POST') return false
  if (queryOf(request).get('_method')?.toUpperCase() === 'GET') return true
  return (
    mediaTypeOf(request) === formType && formOf(request).get('_method')?.toUpperCase() === 'GET'
  )
}

/** The parameters of a look-up: those of the URL, and of the body where the call is a GET in a POST. */
export function lookUpParameters(request: FastifyRequest): URLSearchParams {
  const given = queryOf(request)
  if (request.method === 'POST') {
    for (const [name, value] of formOf(request)) given.append(name, value)
  }
  return given
}

/** A form-encoded body. @throws RequestRefused 612 for another type */
export function formOf(request: FastifyRequest): URLSearchParams {
  const body = bodyOf(request)
  if (body.length > 0 && mediaTypeOf(request) !== formType) throw new RequestRefused('612')
  return new URLSearchParams(body.toString())
}

/** A JSON body. @throws RequestRefused 612 for another type, 609 for what cannot be parsed or is no object */
export function jsonOf(request: FastifyRequest): Record<string, unknown> {
  if (mediaTypeOf(request) !== jsonType) throw new RequestRefused('612')
  const body = parseObject(bodyOf(request).toString())
  if (body === undefined) throw new RequestRefused('609')
  return body
}

/**
 * The lead ids of a list call: `id` repeated in the URL, or `{"input":[{"id":…}]}` (reference §6.2).
 * More than 300 is refused as a whole with 1003; the documentation gives the limit and not the code [I].
 */
export function leadIdsOf(request: FastifyRequest): readonly number[] {
  const inUrl = queryOf(request).getAll('id')
  const ids = inUrl.length > 0 ? inUrl.map((id) => integerOf(id)) : leadIdsInBody(request)
  if (ids.length === 0) throw new RequestRefused('1002', 'id')
  if (ids.length > maxRecords) throw new RequestRefused('1003', `at most ${maxRecords} ids a call`)
  return ids
}

function leadIdsInBody(request: FastifyRequest): number[] {
  if (request.method === 'GET' || bodyOf(request).length === 0) return []
  const { input } = jsonOf(request)
  if (!Array.isArray(input)) throw new RequestRefused('1002', 'input')
  return input.map((entry: unknown) => {
    const id = isObject(entry) ? entry['id'] : undefined
    if (typeof id !== 'number' && typeof id !== 'string') throw new RequestRefused('1002', 'id')
    return integerOf(String(id))
  })
}

/** The ids of a list call for the journal: whatever can be read, so that refused calls are seen too. */
export function journalRows(request: FastifyRequest): readonly number[] {
  try {
    return leadIdsOf(request)
  } catch {
    return []
  }
}
