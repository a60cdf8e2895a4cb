import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Inbound } from '../audience-manager/inbound.ts'
import type { Partner } from '../audience-manager/partner.ts'
import type { Clock } from '../clock/clock.ts'
import { FaultInvalid } from '../faults/answer.ts'
import type { Faults } from '../faults/faults.ts'
import { bodyOf, createServer, queryOf } from '../http/server.ts'
import { isObject, isWhole, parseObject } from '../json/json.ts'
import type { Journal } from '../journal/journal.ts'
import type { Instance } from '../marketo/instance.ts'
import { SeedInvalid, type SeedLead, seedLeads } from '../marketo/seed.ts'
import { readMembers } from './members.ts'

export interface ControlOptions {
  readonly clock: Clock
  readonly faults: Faults
  readonly journal: Journal
  readonly instance: Instance
  readonly partner: Partner
  readonly inbound: Inbound
}

/** A control request that cannot be understood. */
class ControlInvalid extends Error {
  readonly code = 'SANDBOX_CONTROL_INVALID'
}

/** Large enough for a hundred thousand people in one call. */
const bodyBytes = 268_435_456

/** What tests and launchers use to arrange, to look, and to disturb. It has no authentication: it is on the loopback only. */
export function createControl(options: ControlOptions): FastifyInstance {
  const { clock, faults, journal, instance, partner, inbound } = options
  const app = createServer(bodyBytes)
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (
      error instanceof ControlInvalid ||
      error instanceof FaultInvalid ||
      error instanceof SeedInvalid
    ) {
      void reply.code(400).send({ code: error.code, message: error.message })
      return
    }
    const status = error.statusCode ?? 500
    void reply.code(status).send({ code: 'SANDBOX_CONTROL_FAILED', message: error.message })
  })

  app.get('/control/faults', () => faults.plans())
  app.post('/control/faults', (request) => {
    faults.plan(bodyObject(request))
    return faults.plans()
  })
  app.delete('/control/faults', () => {
    faults.clear()
    return faults.plans()
  })

  app.get('/control/clock', () => ({ nowMs: clock.nowMs(), offsetMs: clock.offsetMs() }))
  app.post('/control/clock', (request) => {
    const { advanceMs = 0, frozen } = bodyObject(request)
    if (!isWhole(advanceMs)) {
      throw new ControlInvalid('advanceMs must be a whole number of at least 0')
    }
    if (frozen !== undefined && typeof frozen !== 'boolean') {
      throw new ControlInvalid('frozen must be true or false')
    }
    if (frozen !== undefined) clock.freeze(frozen)
    clock.advance(advanceMs)
    partner.touch()
    return { nowMs: clock.nowMs(), offsetMs: clock.offsetMs() }
  })

  app.post('/control/seed', (request) => {
    const { leads } = bodyObject(request)
    if (!Array.isArray(leads)) throw new ControlInvalid('leads must be an array')
    const before = instance.leads.size()
    const entries = leads.map((lead: unknown, index) => seedOf(instance, lead, index))
    const ids = seedLeads(instance.leads, instance.fields, entries, clock.nowMs())
    instance.touch()
    return { leads: ids.length, created: instance.leads.size() - before, ids }
  })

  app.get('/control/members', () => readMembers(instance, partner))

  app.get('/control/requests', (request) => {
    const given = queryOf(request)
    const solution = given.get('solution')
    const operation = given.get('operation')
    return {
      totals: journal.totals(),
      requests: journal.entries({
        ...(solution === null ? {} : { solution }),
        ...(operation === null ? {} : { operation }),
        after: Number(given.get('after') ?? 0),
      }),
    }
  })

  const idle = (): object => {
    const pendingFiles = inbound.pendingFiles()
    return { idle: pendingFiles === 0, pendingFiles }
  }
  app.get('/control/idle', idle)
  app.post('/control/process', async () => {
    await inbound.processNow()
    return idle()
  })

  const register = (
    url: string,
    on: (source: number, id?: string) => void,
    off: typeof on,
  ): void => {
    app.post(url, (request) => apply(request, on))
    app.delete(url, (request) => apply(request, off))
  }
  const { optOut, optIn, deny, allow } = partner.register
  const apply = (request: FastifyRequest, act: (source: number, id?: string) => void): object => {
    const { dataSourceId, id } = bodyObject(request)
    if (typeof dataSourceId !== 'number') throw new ControlInvalid('dataSourceId must be a number')
    if (id !== undefined && typeof id !== 'string') throw new ControlInvalid('id must be a string')
    act(dataSourceId, id)
    partner.touch()
    return {}
  }
  register('/control/opt-outs', ofOneId(optOut), ofOneId(optIn))
  register('/control/deny-list', deny, allow)
  return app
}

/** Opt-outs are of people, so of one id each. */
function ofOneId(act: (source: number, id: string) => void) {
  return (source: number, id?: string): void => {
    if (id === undefined) throw new ControlInvalid('id must be a string')
    act(source, id)
  }
}

/** One lead of a seed. `emailSHA256` and `ecid` stand for the custom fields whatever these are called by setting. */
function seedOf(instance: Instance, lead: unknown, index: number): SeedLead {
  if (!isObject(lead)) throw new ControlInvalid(`lead ${index} must be an object`)
  const { emailHashField, ecidField } = instance.settings
  const names: Readonly<Record<string, string>> = { emailSHA256: emailHashField, ecid: ecidField }
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(lead)) {
    if (typeof value !== 'string')
      throw new ControlInvalid(`lead ${index}: ${name} must be a string`)
    values[names[name] ?? name] = value
  }
  return values
}

function bodyObject(request: FastifyRequest): Record<string, unknown> {
  const body = parseObject(bodyOf(request).toString())
  if (body === undefined) throw new ControlInvalid('the body must be a JSON object')
  return body
}
