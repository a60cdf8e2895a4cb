import {
  imsOrgDefault,
  organisationDocument,
  type Configuration,
  type CustomLabel,
  type CustomMarketingAction,
  type Document,
  type Kind,
  type PolicyDocument,
} from '@segue/destinations'
import { Problem } from '../../problem.ts'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'

/** Where the policy service lies (`reference/platform.md` §6.3). */
export const governanceBase = '/data/foundation/dulepolicy'

/** What the organisation made itself, and what everybody has. */
export const containers = ['core', 'custom'] as const
export type Container = (typeof containers)[number]

/** What views are made with: absolute addresses of this gateway, and the organisation's id. */
export interface ViewContext {
  readonly base: string
  readonly imsOrg: string
}

export function viewContext(request: FastifyRequest, configuration: Configuration): ViewContext {
  return {
    base: `${request.protocol}://${request.host}${governanceBase}`,
    imsOrg: organisationDocument(configuration).value.imsOrgId ?? imsOrgDefault,
  }
}

type Made = Pick<Document<Kind>, 'createdAtMs' | 'createdBy' | 'updatedAtMs' | 'updatedBy'>
type View = Readonly<Record<string, unknown>>

/** Who made something and when, and where it lies: epoch milliseconds. Who calls is who is meant: client and user are one. */
export function viewMade({ imsOrg, base }: ViewContext, made: Made, path: string): View {
  return {
    imsOrg,
    created: made.createdAtMs,
    createdClient: made.createdBy,
    createdUser: made.createdBy,
    updated: made.updatedAtMs,
    updatedClient: made.updatedBy,
    updatedUser: made.updatedBy,
    _links: { self: { href: `${base}/${path}` } },
  }
}

export function viewPolicy(
  context: ViewContext,
  container: Container,
  document: PolicyDocument,
): View {
  const { name, status, marketingActions, description, deny } = document.value
  return {
    id: document.id,
    name,
    status,
    marketingActionRefs: marketingActions.map((action) => marketingActionRef(context, action)),
    description,
    deny,
    ...viewMade(context, document, `policies/${container}/${document.id}`),
  }
}

export function viewMarketingAction(
  context: ViewContext,
  container: Container,
  name: string,
  { description }: CustomMarketingAction,
  made: Made,
): View {
  return { name, description, ...viewMade(context, made, `marketingActions/${container}/${name}`) }
}

export function viewLabel(
  context: ViewContext,
  container: Container,
  name: string,
  { category, friendlyName, description }: CustomLabel,
  made: Made,
): View {
  const own = { name, category, friendlyName, description }
  return { ...own, ...viewMade(context, made, `labels/${container}/${name}`) }
}

/** @param action `core/<name>` or `custom/<name>` */
export function marketingActionRef({ base }: ViewContext, action: string): string {
  return `${base}/marketingActions/${action}`
}

/** Made with the product. */
export const madeBySegue: Made = {
  createdAtMs: 0,
  createdBy: 'segue',
  updatedAtMs: 0,
  updatedBy: 'segue',
}

/** What a list is asked for. */
export interface ListQuery {
  readonly limit?: number
  readonly start?: string
  readonly property?: string
}

const listMax = 100

export const listQuery: TSchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: listMax, default: listMax })),
    start: Type.Optional(
      Type.String({ maxLength: 256, description: 'Id or name of the first to list.' }),
    ),
    property: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z]+==.*$',
        maxLength: 512,
        description: 'Only those with this value, e.g. `status==ENABLED`.',
      }),
    ),
  },
  { additionalProperties: false },
)

/**
 * A list in the policy service's shape. Where there is more, `_links.next` leads on [I].
 * @throws Problem REQUEST_INVALID where `start` names nothing
 */
export function viewList(
  { base }: ViewContext,
  path: string,
  all: readonly View[],
  { limit = listMax, start, property }: ListQuery,
): View {
  const [field = '', wanted] = property?.split('==', 2) ?? []
  const matching =
    property === undefined ? all : all.filter((view) => String(view[field]) === wanted)
  const first = start === undefined ? 0 : matching.findIndex((view) => keyOf(view) === start)
  if (first === -1) {
    const detail = 'names nothing in this list'
    throw new Problem('REQUEST_INVALID', `start ${detail}`, {
      fields: { errors: [{ pointer: '/start', detail }] },
    })
  }
  const children = matching.slice(first, first + limit)
  const [firstChild] = children
  const after = matching[first + limit]
  const next = new URLSearchParams({
    limit: String(limit),
    start: after === undefined ? '' : keyOf(after),
    ...(property === undefined ? {} : { property }),
  })
  return {
    _page: {
      ...(firstChild === undefined ? {} : { start: keyOf(firstChild) }),
      count: children.length,
    },
    _links: {
      page: { href: `${base}/${path}{?limit,start,property}`, templated: true },
      ...(after === undefined ? {} : { next: { href: `${base}/${path}?${next.toString()}` } }),
    },
    children,
  }
}

function keyOf({ id, name }: View): string {
  return String(id ?? name)
}
