import type { FastifyInstance, FastifyRequest } from 'fastify'
import { queryOf } from '../../http/server.ts'
import type { Row } from '../table.ts'
import { send, serveCollection } from './collections.ts'
import { keyChanged, refusingDuplicates } from './errors.ts'
import { fieldValues, serviceFieldsOf } from './fields.ts'
import { findService } from './find.ts'
import type { StandardInstance } from './instance.ts'
import { bodyFields } from './profile-routes.ts'
import { serviceHref, serviceView } from './views.ts'

/** Services (reference §4.1): create, find by text and channel, read by PKey or name, change, delete. */
export function serviceRoutes(
  app: FastifyInstance,
  instance: StandardInstance,
  base: string,
): void {
  const { services, settings, touch } = instance
  const url = `${base}/service`
  const view = (row: Row, request: FastifyRequest): object => serviceView(instance, row, request)

  const serve = (path: string, operation: string): void =>
    serveCollection(app, instance, {
      url: `${url}${path}`,
      operation,
      rows: (request) => {
        const query = queryOf(request)
        const text = path.includes('byText') ? (query.get('text') ?? '') : ''
        const channel = path.includes('byChannel') ? (query.get('channel') ?? '') : undefined
        return { rows: matching(services.all(), text, channel), tableRows: services.size() }
      },
      view,
    })
  serve('', 'services.list')
  for (const path of ['/byText', '/byChannel', '/byChannel/byText']) serve(path, 'services.find')

  app.post(url, { config: { operation: 'services.create' } }, (request, reply) => {
    const values = fieldValues(serviceFieldsOf(settings), bodyFields(request))
    const now = instance.now()
    const service = refusingDuplicates('Service', () =>
      services.insert({
        name: freeName(),
        label: 'Service',
        messageType: 'email',
        mode: 'newsletter',
        ...values,
        created: now,
        lastModified: now,
      }),
    )
    touch()
    send(reply, view(service, request), 201)
  })

  app.get<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'services.get' } },
    (request, reply) => {
      send(reply, view(findService(instance, request.params.key), request))
    },
  )

  app.patch<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'services.update' } },
    (request, reply) => {
      const { key } = request.params
      const service = findService(instance, key)
      const values = fieldValues(serviceFieldsOf(settings), bodyFields(request))
      const { name } = values
      // A name that is the URL's key cannot change under it.
      if (name !== undefined && key === service.values['name'] && name !== key) {
        throw keyChanged('service', key, name)
      }
      refusingDuplicates('Service', () =>
        services.update(service, { ...values, lastModified: instance.now() }),
      )
      touch()
      send(reply, {
        PKey: instance.pkeys().of('service', service.id),
        href: serviceHref(instance, service, request),
      })
    },
  )

  app.delete<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'services.delete' } },
    (request, reply) => {
      instance.removeService(findService(instance, request.params.key))
      touch()
      void reply.code(204).send()
    },
  )

  /** `SVC1`, `SVC2`, …: what a service without a name is called. */
  function freeName(): string {
    let number = services.size() + 1
    while ((services.find(['name'], [`SVC${number}`])?.size ?? 0) > 0) number += 1
    return `SVC${number}`
  }
}

/** `byText` looks into name and label, without regard to case [I]. */
function* matching(rows: Iterable<Row>, text: string, channel: string | undefined): Generator<Row> {
  const wanted = text.toLowerCase()
  for (const row of rows) {
    const { name = '', label = '', messageType } = row.values
    if (channel !== undefined && messageType !== channel) continue
    if (name.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted)) yield row
  }
}
