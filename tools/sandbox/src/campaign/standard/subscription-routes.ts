import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isObject } from '../../json/json.ts'
import { type Row, UniqueViolated } from '../table.ts'
import { send, serveCollection } from './collections.ts'
import { badBody, duplicateKey, notFound } from './errors.ts'
import { findProfile, findService } from './find.ts'
import type { StandardInstance } from './instance.ts'
import { bodyFields } from './profile-routes.ts'
import { type Side, subscriptionView } from './views.ts'

/** Subscriptions of a service and of a profile (reference §4.1, Option A): list, add, remove by the returned href. */
export function subscriptionRoutes(
  app: FastifyInstance,
  instance: StandardInstance,
  base: string,
): void {
  const extended = base.endsWith('Ext')
  serveSide('service', (key) => findService(instance, key))
  serveSide('profile', (key) => findProfile(instance, key, extended))

  function serveSide(side: Side, ownerOf: (key: string) => Row): void {
    const { subscriptions, touch } = instance
    const url = `${base}/${side}/:key/subscriptions`
    const owner = (request: FastifyRequest): Row => ownerOf(parameterOf(request, 'key'))

    serveCollection(app, instance, {
      url,
      operation: 'subscriptions.list',
      rows: (request) => ({
        rows: rowsOf(subscriptions.find([side], [String(owner(request).id)]) ?? []),
        tableRows: subscriptions.size(),
      }),
      view: (row, request) => subscriptionView(instance, row, side, request),
    })

    app.post(url, { config: { operation: 'subscriptions.create' } }, (request, reply) => {
      const own = owner(request)
      const other = linkedOf(request, side === 'service' ? 'subscriber' : 'service')
      const subscription =
        side === 'service'
          ? subscribe(own, findProfile(instance, other, extended))
          : subscribe(findService(instance, other), own)
      touch()
      send(reply, subscriptionView(instance, subscription, side, request), 201)
    })

    const one = (request: FastifyRequest): Row => {
      const own = owner(request)
      const key = parameterOf(request, 'subscription')
      const read = instance.pkeys().read('subscription', key)
      const row = read?.inHref === true ? subscriptions.get(read.id) : undefined
      if (row?.values[side] !== String(own.id)) throw notFound('subscription', key)
      return row
    }
    app.get(
      `${url}/:subscription`,
      { config: { operation: 'subscriptions.get' } },
      (request, reply) => {
        send(reply, subscriptionView(instance, one(request), side, request))
      },
    )
    app.delete(
      `${url}/:subscription`,
      { config: { operation: 'subscriptions.delete' } },
      (request, reply) => {
        subscriptions.remove(one(request))
        touch()
        void reply.code(204).send()
      },
    )
  }

  function* rowsOf(ids: Iterable<number>): Generator<Row> {
    for (const id of ids) {
      const row = instance.subscriptions.get(id)
      if (row !== undefined) yield row
    }
  }

  /** A second one is refused by the unique index, or is the first one again (reference §4.1, "Add idempotent?"). */
  function subscribe(service: Row, profile: Row): Row {
    const { subscriptions } = instance
    try {
      return subscriptions.insert({
        service: String(service.id),
        profile: String(profile.id),
        created: instance.now(),
      })
    } catch (error) {
      if (!(error instanceof UniqueViolated)) throw error
      const [held] = subscriptions.find(error.index.attributes, error.values) ?? []
      const row = held === undefined ? undefined : subscriptions.get(held)
      if (row === undefined || repeatIsRefused(service, profile)) {
        throw duplicateKey('Subscription', error)
      }
      return row
    }
  }

  function repeatIsRefused(service: Row, profile: Row): boolean {
    const { repeatAnswer } = instance.settings
    if (repeatAnswer === 'mixed') return (service.id + profile.id) % 2 === 0
    return repeatAnswer === 'duplicate'
  }
}

/** `{"subscriber":{"PKey":"…"}}`: the PKey of the linked record. */
function linkedOf(request: FastifyRequest, link: string): string {
  const body = bodyFields(request)
  const linked = body?.[link]
  const key = isObject(linked) ? linked['PKey'] : undefined
  if (typeof key === 'string' && key !== '') return key
  throw badBody(`The '${link}' link needs a PKey.`)
}

function parameterOf({ params }: FastifyRequest, name: string): string {
  const value = isObject(params) ? params[name] : undefined
  return typeof value === 'string' ? value : ''
}
