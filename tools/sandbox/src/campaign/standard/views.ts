import type { FastifyRequest } from 'fastify'
import type { Row } from '../table.ts'
import { apiUrl, isExtended } from './collections.ts'
import { profileFieldsOf, serviceFieldsOf } from './fields.ts'
import type { StandardInstance } from './instance.ts'

/** A profile as the API answers it; the extension's fields only through the extended API. */
export function profileView(
  instance: StandardInstance,
  profile: Row,
  request: FastifyRequest,
): object {
  const { values } = profile
  const href = profileHref(instance, profile, request)
  const fields = profileFieldsOf(instance.settings, isExtended(request)).writable
  return {
    PKey: instance.pkeys().of('profile', profile.id),
    ...Object.fromEntries([...fields].map((field) => [field, values[field] ?? ''])),
    gender: values['gender'] ?? 'unknown',
    preferredLanguage: values['preferredLanguage'] ?? 'none',
    created: values['created'] ?? '',
    lastModified: values['lastModified'] ?? '',
    href,
    subscriptions: { href: `${href}/subscriptions/` },
    title: profileTitle(profile),
  }
}

export function serviceView(
  instance: StandardInstance,
  service: Row,
  request: FastifyRequest,
): object {
  const { values } = service
  const href = serviceHref(instance, service, request)
  const fields = serviceFieldsOf(instance.settings).writable
  return {
    PKey: instance.pkeys().of('service', service.id),
    builtIn: false,
    ...Object.fromEntries([...fields].map((field) => [field, values[field] ?? ''])),
    limitedDuration: values['limitedDuration'] === 'true',
    created: values['created'] ?? '',
    lastModified: values['lastModified'] ?? '',
    href,
    subscriptions: { href: `${href}/subscriptions/` },
    targetResource: 'profile',
    title: serviceTitle(service),
  }
}

/** Where a subscription is listed: under its service or under its profile. */
export type Side = 'service' | 'profile'

/** A subscription, with the URL to end it. */
export function subscriptionView(
  instance: StandardInstance,
  subscription: Row,
  side: Side,
  request: FastifyRequest,
): object {
  const { profiles, services } = instance
  const pkeys = instance.pkeys()
  const { values, id } = subscription
  const service = services.get(Number(values['service']))
  const profile = profiles.get(Number(values['profile']))
  const owner = side === 'service' ? service : profile
  const ownerHref =
    owner === undefined
      ? ''
      : side === 'service'
        ? serviceHref(instance, owner, request)
        : profileHref(instance, owner, request)
  return {
    PKey: pkeys.of('subscription', id),
    created: values['created'] ?? '',
    email: '',
    expirationDate: '',
    href: `${ownerHref}/subscriptions/${pkeys.inHref('subscription', id)}`,
    metadata: 'subscriptionRcp',
    service: service === undefined ? {} : serviceLink(instance, service, request),
    serviceName: service?.values['name'] ?? '',
    subscriber: profile === undefined ? {} : profileLink(instance, profile, request),
  }
}

export function profileHref(
  instance: StandardInstance,
  { id }: Row,
  request: FastifyRequest,
): string {
  return `${apiUrl(instance, request)}/profile/${instance.pkeys().inHref('profile', id)}`
}

export function serviceHref(
  instance: StandardInstance,
  { id }: Row,
  request: FastifyRequest,
): string {
  return `${apiUrl(instance, request)}/service/${instance.pkeys().inHref('service', id)}`
}

function serviceLink(instance: StandardInstance, service: Row, request: FastifyRequest): object {
  return {
    PKey: instance.pkeys().of('service', service.id),
    href: serviceHref(instance, service, request),
    label: service.values['label'] ?? '',
    name: service.values['name'] ?? '',
    title: serviceTitle(service),
  }
}

function profileLink(instance: StandardInstance, profile: Row, request: FastifyRequest): object {
  return {
    PKey: instance.pkeys().of('profile', profile.id),
    email: profile.values['email'] ?? '',
    firstName: profile.values['firstName'] ?? '',
    href: profileHref(instance, profile, request),
    lastName: profile.values['lastName'] ?? '',
    title: profileTitle(profile),
  }
}

/** `Sport Newsletter (SVC1)`. */
function serviceTitle({ values }: Row): string {
  return `${values['label'] ?? ''} (${values['name'] ?? ''})`
}

function profileTitle({ values }: Row): string {
  const name = `${values['firstName'] ?? ''} ${values['lastName'] ?? ''}`.trim()
  return `${name} (${values['email'] ?? ''})`.trim()
}
