import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import { injectFaults, type WireAnswer } from '../faults/inject.ts'
import { bodyOf, createServer, formType, mediaTypeOf, rawTarget } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import { declaredIds } from './declared-ids.ts'
import { type DcsError, dcsError, isDcsCode } from './dcs-errors.ts'
import { type EventOutcome, handleEvent } from './dcs-event.ts'
import { type DcsParameters, parseDcsParameters } from './dcs-parameters.ts'
import type { Partner } from './partner.ts'
import { traitsOfSegmentRule } from './trait-rule.ts'

/** A transparent GIF of one pixel, what a browser's call gets. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/**
 * Stands in for the data collection servers (reference §1.2). The organisation is bound by the Host header, whatever
 * address the call came to; errors come with HTTP 200.
 */
export function createDcs(
  partner: Partner,
  shared: { readonly faults: Faults; readonly journal: Journal },
): FastifyInstance {
  const { settings } = partner
  const app = createServer(settings.dcsBodyBytes)
  app.addHook('onRequest', async (request, reply) => {
    if (
      request.method !== 'GET' ||
      Buffer.byteLength(request.raw.url ?? '') <= settings.dcsUriBytes
    )
      return
    request.answer = '414'
    return reply.code(414).send('')
  })
  limitCalls(app, partner)
  injectFaults(app, {
    solution: 'audience-manager',
    ...shared,
    render: (code, request) => faultAnswer(code, request),
  })
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    request.answer = String(status)
    void reply.code(status).send('')
  })

  app.route({
    method: ['GET', 'POST'],
    url: '/event',
    config: { operation: 'dcs.event' },
    handler: (request, reply) => {
      const given = parametersOf(request)
      const host = hostProblem(partner, request)
      const outcome: EventOutcome =
        host !== undefined
          ? { errors: [host], traits: [] }
          : given === undefined
            ? { errors: [dcsError(311)], traits: [] }
            : handleEvent(partner, given)
      send(partner, request, reply, given, outcome)
    },
  })

  for (const url of ['/demoptout.jpg', '/demoptout']) {
    app.get(url, { config: { operation: 'dcs.optOut' } }, (request, reply) => {
      const given = parametersOf(request)
      if (given !== undefined && hostProblem(partner, request) === undefined) optOut(partner, given)
      void reply.header('content-type', 'image/gif').send(pixel)
    })
  }
  return app
}

/** 429 where Adobe has switched limiting on; no number and no Retry-After is documented. */
function limitCalls(app: FastifyInstance, partner: Partner): void {
  const { dcsCallsPerSecond } = partner.settings
  if (dcsCallsPerSecond === 0) return
  let second = 0
  let calls = 0
  app.addHook('onRequest', async (request, reply) => {
    const now = Math.floor(partner.clock.nowMs() / 1000)
    if (now !== second) {
      second = now
      calls = 0
    }
    calls += 1
    if (calls <= dcsCallsPerSecond) return
    request.answer = '429'
    return reply.code(429).send('')
  })
}

/** The URL's parameters and, of a POST, the form's. Undefined where they are badly encoded. */
function parametersOf(request: FastifyRequest): DcsParameters | undefined {
  const { query } = rawTarget(request)
  const isForm = request.method === 'POST' && mediaTypeOf(request) === formType
  return parseDcsParameters(query, isForm ? bodyOf(request).toString('latin1').trim() : '')
}

function hostProblem(partner: Partner, request: FastifyRequest): DcsError | undefined {
  const host = request.headers.host?.replace(/:\d+$/, '').toLowerCase()
  if (host === undefined || host === '') return dcsError(100)
  return host === `${partner.settings.partner}.demdex.net` ? undefined : dcsError(1, host)
}

function send(
  partner: Partner,
  request: FastifyRequest,
  reply: FastifyReply,
  given: DcsParameters | undefined,
  outcome: EventOutcome,
): void {
  const { errors, uuid } = outcome
  const codes = errors.map((error) => error.code).join(',')
  if (codes !== '') {
    // A warning leaves the request in effect; what ended it has no uuid.
    request.answer = uuid === undefined ? codes : 'ok'
    void reply.header('x-error', codes)
  }
  if (given?.get('d_rtbd')?.[0] !== 'json' && given !== undefined) {
    void reply.header('content-type', 'image/gif').send(pixel)
    return
  }
  const body = {
    ...(uuid === undefined ? {} : success(partner, request, given, outcome, uuid)),
    ...(errors.length === 0 ? {} : { errors }),
  }
  const callback = given?.get('d_cb')?.[0]
  if (callback !== undefined && /^[A-Za-z_$][\w$.]*$/.test(callback)) {
    void reply
      .header('content-type', 'application/javascript')
      .send(`${callback}(${JSON.stringify(body)})`)
    return
  }
  void reply.send(body)
}

function success(
  partner: Partner,
  request: FastifyRequest,
  given: DcsParameters | undefined,
  { traits }: EventOutcome,
  uuid: string,
): Record<string, unknown> {
  const shows = partner.settings.dcsTraitsInAnswer && given?.has('d_cts') === true
  const region = Number(request.headers['x-sandbox-region'] ?? partner.settings.dcsRegion)
  return {
    stuff: [],
    uuid,
    dcs_region: region,
    ...(shows ? { traits, segments: segmentsWith(partner, traits) } : {}),
    tid: randomBytes(8).toString('base64'),
  }
}

/** Segments whose rule is one of the traits alone, as those of Platform's integration are. */
function segmentsWith(partner: Partner, traits: readonly number[]): readonly number[] {
  return [...partner.catalogue.segments.values()]
    .filter((segment) => {
      const sids = traitsOfSegmentRule(segment.segmentRule) ?? []
      return sids.length === 1 && sids.every((sid) => traits.includes(sid))
    })
    .map((segment) => segment.sid)
}

function optOut(partner: Partner, given: DcsParameters): void {
  const { register, settings } = partner
  for (const mid of given.get('d_mid') ?? []) register.optOut(settings.ecidDataSource, mid)
  for (const uuid of given.get('d_uuid') ?? []) register.optOut(0, uuid)
  for (const { source, id } of declaredIds(partner, given).ids) {
    register.optOut(source.dataSourceId, id)
  }
  partner.touch()
}

/** A scripted DCS code comes with HTTP 200, as all do; from 400 on it is an HTTP status. */
function faultAnswer(code: string, request: FastifyRequest): WireAnswer | undefined {
  const number = Number(code)
  if (number >= 400 && number < 600) return { status: number, body: '' }
  if (!/^\d{1,3}$/.test(code) || !isDcsCode(number)) return undefined
  const headers = { 'x-error': code, 'content-type': 'application/json' }
  if (parametersOf(request)?.get('d_rtbd')?.[0] !== 'json') {
    return { status: 200, headers: { ...headers, 'content-type': 'image/gif' }, body: pixel }
  }
  return { status: 200, headers, body: JSON.stringify({ errors: [dcsError(number, 'sandbox')] }) }
}
