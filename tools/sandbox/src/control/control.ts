import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock/clock.ts'
import { FaultInvalid } from '../faults/answer.ts'
import type { Faults } from '../faults/faults.ts'
import { createServer, queryOf } from '../http/server.ts'
import { isObject, isWhole } from '../json/json.ts'
import type { Journal } from '../journal/journal.ts'
import { type Seeded, SeedInvalid, type SolutionServer } from '../solution-server.ts'
import { ControlInvalid, controlBody } from './control-body.ts'

export interface ControlOptions {
  readonly clock: Clock
  readonly faults: Faults
  readonly journal: Journal
  readonly servers: readonly SolutionServer<unknown>[]
  readonly touch: () => void
}

/** Large enough for a hundred thousand people in one call. */
const bodyBytes = 268_435_456

/** What tests and launchers use to arrange, to look, and to disturb. It has no authentication: it is on the loopback only. */
export function createControl(options: ControlOptions): FastifyInstance {
  const { clock, faults, journal, servers, touch } = options
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
    faults.plan(controlBody(request))
    return faults.plans()
  })
  app.delete('/control/faults', () => {
    faults.clear()
    return faults.plans()
  })

  app.get('/control/clock', () => ({ nowMs: clock.nowMs(), offsetMs: clock.offsetMs() }))
  app.post('/control/clock', (request) => {
    const { advanceMs = 0, frozen } = controlBody(request)
    if (!isWhole(advanceMs)) {
      throw new ControlInvalid('advanceMs must be a whole number of at least 0')
    }
    if (frozen !== undefined && typeof frozen !== 'boolean') {
      throw new ControlInvalid('frozen must be true or false')
    }
    if (frozen !== undefined) clock.freeze(frozen)
    clock.advance(advanceMs)
    touch()
    return { nowMs: clock.nowMs(), offsetMs: clock.offsetMs() }
  })

  app.post('/control/seed', (request) =>
    Object.fromEntries(
      Object.entries(controlBody(request)).map(([solution, people]) => [
        solution,
        seed(servers, solution, people),
      ]),
    ),
  )

  app.get('/control/members', () =>
    Object.fromEntries(servers.map((server) => [server.solution, server.members()])),
  )

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
    const pending = Object.fromEntries(servers.map((one) => [one.solution, one.pending()]))
    return { idle: Object.values(pending).every((count) => count === 0), pending }
  }
  app.get('/control/idle', idle)
  app.post('/control/process', async () => {
    for (const server of servers) await server.process()
    return idle()
  })
  for (const server of servers) server.control?.(app)
  return app
}

function seed(
  servers: readonly SolutionServer<unknown>[],
  solution: string,
  people: unknown,
): Seeded {
  const server = servers.find((one) => one.solution === solution)
  if (server?.seed === undefined) throw new ControlInvalid(`${solution} takes no people`)
  if (!Array.isArray(people)) throw new ControlInvalid(`${solution} must be an array of people`)
  return server.seed(
    people.map((person: unknown, index) => {
      if (!isObject(person)) throw new ControlInvalid(`person ${index} must be an object`)
      const values: Record<string, string> = {}
      for (const [name, value] of Object.entries(person)) {
        if (typeof value !== 'string') {
          throw new ControlInvalid(`person ${index}: ${name} must be a string`)
        }
        values[name] = value
      }
      return values
    }),
  )
}
