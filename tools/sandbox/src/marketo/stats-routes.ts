import type { FastifyInstance } from 'fastify'
import type { Instance } from './instance.ts'
import type { Day } from './limits.ts'
import { sendResult } from './replies.ts'

/** What the instance's callers used today and in the last week (reference §6.4). */
export function statsRoutes(app: FastifyInstance, instance: Instance): void {
  const serve = (name: string, view: (day: Day) => unknown): void => {
    const config = { operation: `stats.${name}` }
    app.get(`/rest/v1/stats/${name}.json`, { config }, (_request, reply) =>
      sendResult(reply, instance.limits.days().slice(0, 1).map(view)),
    )
    app.get(`/rest/v1/stats/${name}/last7days.json`, { config }, (_request, reply) =>
      sendResult(reply, instance.limits.days().map(view)),
    )
  }
  serve('usage', ({ date, calls }) => ({
    date,
    total: calls,
    users: [{ userId: instance.settings.apiUser, count: calls }],
  }))
  serve('errors', (day) => {
    const errors = [...day.errors].map(([errorCode, count]) => ({ errorCode, count }))
    return { date: day.date, total: errors.reduce((sum, { count }) => sum + count, 0), errors }
  })
}
