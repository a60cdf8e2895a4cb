import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock/clock.ts'
import { bodyOf, rawTarget } from '../http/server.ts'
import { isObject } from '../json/json.ts'
import { type Hit, hasPage, hitOf, identifiers } from './hit.ts'
import type { Pipelines } from './pipelines.ts'
import type { AnalyticsSettings } from './settings.ts'
import { queryVariables, variableName } from './variables.ts'

const group = 'data-insertion'
const xml = new XMLParser({ parseTagValue: false, ignoreAttributes: true, trimValues: true })

/**
 * Single events (reference §2.2 B). No authentication, no limit; a failure stands in the body of an HTTP 200 [I], and a GET
 * says nothing at all. A call without a time of its own happened when it came.
 */
export function dataInsertionRoutes(
  app: FastifyInstance,
  settings: AnalyticsSettings,
  clock: Clock,
  pipelines: Pipelines,
): void {
  /** Undefined where it was taken, else the reason. */
  const collect = (values: Map<string, string>): string | undefined => {
    if ((values.get('reportsuiteid') ?? '') === '') return 'NO account'
    if (!hasPage(values)) return 'NO pagename OR pageurl'
    if (!identifiers.some(([name]) => (values.get(name) ?? '') !== '')) {
      return 'NO visitorid OR ipaddress'
    }
    if (!values.has('timestamp')) {
      values.set('timestamp', String(Math.floor(clock.nowMs() / 1000)))
    }
    if (!values.has('useragent')) values.set('useragent', 'unknown')
    const hit: Hit | string = hitOf(values, settings)
    if (typeof hit === 'string') return 'Syntax Error'
    pipelines.add(group, [hit])
    return undefined
  }

  app.post('/b/ss//6', { config: { operation: 'hits.post' } }, (request, reply) => {
    const values = xmlVariables(bodyOf(request).toString())
    const reason = values === undefined ? 'Syntax Error' : collect(values)
    request.answer = reason === undefined ? 'ok' : 'FAILURE'
    const outcome =
      reason === undefined
        ? '<status>SUCCESS</status>'
        : `<status>FAILURE</status><reason>${reason}</reason>`
    void reply
      .header('content-type', 'application/xml')
      .send(`<?xml version="1.0" encoding="UTF-8"?>${outcome}`)
  })

  app.get<{ Params: { suite: string } }>(
    '/b/ss/:suite/0',
    { config: { operation: 'hits.get' } },
    (request, reply) => {
      const values = queryVariables(rawTarget(request).query)
      values.set('reportsuiteid', request.params.suite)
      if (collect(values) !== undefined) request.answer = 'FAILURE'
      void reply.send('')
    },
  )
}

/** Tags by name without regard to case; undefined for what is no request. */
function xmlVariables(text: string): Map<string, string> | undefined {
  // The documentation's own example has a declaration without quotes, which no parser takes.
  const body = text.replace(/^\s*<\?xml[^>]*\?>/, '')
  if (XMLValidator.validate(body) !== true) return undefined
  const parsed: unknown = xml.parse(body)
  const root = isObject(parsed)
    ? Object.entries(parsed).find(([name]) => name.toLowerCase() === 'request')?.[1]
    : undefined
  if (!isObject(root)) return undefined
  return new Map(
    Object.entries(root).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[variableName(name), value]] : [],
    ),
  )
}
