import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyOf, queryOf } from '../../http/server.ts'
import { parseObject } from '../../json/json.ts'
import { keyParameters } from '../standard-keys.ts'
import type { Row } from '../table.ts'
import { send, serveCollection } from './collections.ts'
import { keyChanged, refusingDuplicates } from './errors.ts'
import { fieldValues, profileFieldsOf } from './fields.ts'
import { findProfile } from './find.ts'
import type { StandardInstance } from './instance.ts'
import { profileHref, profileView } from './views.ts'

/** Profiles (reference §4.1): create, find by text or by a custom key, read, change, delete. */
export function profileRoutes(
  app: FastifyInstance,
  instance: StandardInstance,
  base: string,
): void {
  const { profiles, settings, touch } = instance
  const url = `${base}/profile`
  const extended = base.endsWith('Ext')
  const view = (row: Row, request: FastifyRequest): object => profileView(instance, row, request)
  const rowsOf = (ids: Iterable<number>): Row[] => [...ids].flatMap((id) => profiles.get(id) ?? [])

  serveCollection(app, instance, {
    url,
    operation: 'profiles.list',
    rows: () => ({ rows: profiles.all(), tableRows: profiles.size() }),
    view,
  })
  serveCollection(app, instance, {
    url: `${url}/email`,
    operation: 'profiles.emails',
    rows: () => ({ rows: profiles.all(), tableRows: profiles.size() }),
    view: ({ values }) => values['email'] ?? '',
  })
  serveCollection(app, instance, {
    url: `${url}/byText`,
    operation: 'profiles.byText',
    rows: (request) => {
      const query = queryOf(request)
      const text = query.get('text') ?? ''
      const byEmail = rowsOf(instance.emails.startingWith(text))
      if (query.get('filterType') === 'email') return { rows: byEmail, tableRows: profiles.size() }
      return { rows: byEmailOrName(profiles.all(), text), tableRows: profiles.size() }
    },
    view,
  })
  for (const { field, filter, parameter } of extended ? keyParameters(settings.standardKeys) : []) {
    serveCollection(app, instance, {
      url: `${url}/${filter}`,
      operation: 'profiles.byKey',
      rows: (request) => ({
        rows: rowsOf(profiles.find([field], [queryOf(request).get(parameter) ?? '']) ?? []),
        tableRows: profiles.size(),
      }),
      view,
    })
  }

  app.post(url, { config: { operation: 'profiles.create' } }, (request, reply) => {
    const values = fieldValues(profileFieldsOf(settings, extended), bodyFields(request))
    const profile = refusingDuplicates('Profile', () =>
      profiles.insert({ ...values, ...instance.people.defaults() }),
    )
    touch()
    send(reply, view(profile, request), 201)
  })

  app.get<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'profiles.get' } },
    (request, reply) => {
      send(reply, view(findProfile(instance, request.params.key, extended), request))
    },
  )

  app.patch<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'profiles.update' } },
    (request, reply) => {
      const profile = findProfile(instance, request.params.key, extended)
      const values = fieldValues(profileFieldsOf(settings, extended), bodyFields(request))
      for (const field of Object.values(settings.standardKeys)) {
        const [from, to] = [profile.values[field] ?? '', values[field]]
        if (to !== undefined && to !== from) throw keyChanged('profile', from, to)
      }
      profiles.update(profile, { ...values, lastModified: instance.now() })
      touch()
      send(reply, {
        PKey: instance.pkeys().of('profile', profile.id),
        href: profileHref(instance, profile, request),
      })
    },
  )

  app.delete<{ Params: { key: string } }>(
    `${url}/:key`,
    { config: { operation: 'profiles.delete' } },
    (request, reply) => {
      instance.removeProfile(findProfile(instance, request.params.key, extended))
      touch()
      void reply.code(200).send()
    },
  )
}

/** The body's fields; undefined where it is no JSON object. */
export function bodyFields(request: FastifyRequest): Record<string, unknown> | undefined {
  return parseObject(bodyOf(request).toString())
}

function* byEmailOrName(rows: Iterable<Row>, text: string): Generator<Row> {
  for (const row of rows) {
    const { email = '', lastName = '' } = row.values
    if (email.startsWith(text) || lastName.startsWith(text)) yield row
  }
}
