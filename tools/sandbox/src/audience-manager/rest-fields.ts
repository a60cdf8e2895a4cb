import type { FastifyRequest } from 'fastify'
import { isTexts, isWhole, parseObject } from '../json/json.ts'
import { bodyOf, jsonType, mediaTypeOf } from '../http/server.ts'
import { RestRefused } from './rest-errors.ts'
import type { AudienceManagerSettings } from './settings.ts'

/** A request's JSON body as fields to be read one by one; every reader refuses with 400 and the field's name. */
export interface BodyFields {
  readonly text: (name: string, byDefault?: string) => string
  readonly whole: (name: string, byDefault?: number) => number
  readonly flag: (name: string, byDefault: boolean) => boolean
  readonly texts: (name: string) => readonly string[]
  readonly wholes: (name: string, byDefault: readonly number[]) => readonly number[]
  /** Whether the field is there, and not null. */
  readonly has: (name: string) => boolean
  readonly word: <T extends string>(name: string, allowed: readonly T[], byDefault?: T) => T
}

/** @throws RestRefused 400 where the body is no JSON object */
export function bodyFields(request: FastifyRequest): BodyFields {
  if (mediaTypeOf(request) !== jsonType) throw badRequest(`content-type must be ${jsonType}`)
  const fields = parseObject(bodyOf(request).toString())
  if (fields === undefined) throw badRequest('the body must be a JSON object')
  /** A field that is absent or null takes its default, where it has one. */
  const read = <T>(
    name: string,
    byDefault: T | undefined,
    isGood: (value: unknown) => value is T,
  ): T => {
    const value = fields[name] ?? byDefault
    if (isGood(value)) return value
    throw badRequest(`${name} is missing or of the wrong type`)
  }
  return {
    text: (name, byDefault) => read(name, byDefault, (value) => typeof value === 'string'),
    whole: (name, byDefault) => read(name, byDefault, isWhole),
    flag: (name, byDefault) => read(name, byDefault, (value) => typeof value === 'boolean'),
    texts: (name) => read(name, [], isTexts),
    wholes: (name, byDefault) => read(name, byDefault, isWholes),
    has: (name) => (fields[name] ?? null) !== null,
    word: <T extends string>(name: string, allowed: readonly T[], byDefault?: T) =>
      read(name, byDefault, (value): value is T => allowed.some((word) => word === value)),
  }
}

function isWholes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isWhole)
}

/** Checks a name: 1 to 255 characters, and none that Adobe says to avoid unless that is tolerated (reference §1.4). */
export function checkedName(name: string, settings: AudienceManagerSettings): string {
  if (name.trim() === '' || name.length > 255)
    throw badRequest('name must have 1 to 255 characters')
  if (settings.strictNames && /[,\-\t|]/.test(name)) {
    throw badRequest('name must be without comma, hyphen, tab and pipe')
  }
  return name
}

export function badRequest(message: string): RestRefused {
  return new RestRefused(400, 'bad_request', message)
}

export function notFound(what: string): RestRefused {
  return new RestRefused(404, 'not_found', `${what} not found`)
}

export function conflict(message: string): RestRefused {
  return new RestRefused(409, 'conflict', message)
}
