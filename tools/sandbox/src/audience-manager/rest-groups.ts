import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyOf, queryOf } from '../http/server.ts'
import { isObject, isTexts, isWhole } from '../json/json.ts'
import { accessTypes, allWildcards, isObjectType } from './access-types.ts'
import { accountsMax, type Group, type GroupPermission } from './accounts.ts'
import type { Partner } from './partner.ts'
import { badRequest, type BodyFields, bodyFields, conflict, notFound } from './rest-fields.ts'
import { forbidden, type RestGuard } from './rest-guard.ts'
import { listAnswer } from './rest-paging.ts'

interface OfGroup {
  Params: { id: string }
}

/** Entries that one group may have: every data source for both types, and destinations. */
const permissionsMax = 5_000

/** `/v1/groups` and `/v1/permissionable-object-types` (reference §1.6): for admins. */
export function groupRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { accounts, settings } = partner
  const groupOf = (id: string): Group => {
    const group = accounts.groups.get(Number(id))
    if (group === undefined) throw notFound('group')
    return group
  }
  const shown = ({ permissions: _permissions, ...group }: Group): object => {
    const users = [...accounts.users.values()]
      .filter((user) => user.groups.includes(group.groupId))
      .map(({ userId }) => userId)
    return { ...group, pid: settings.pid, membershipCount: users.length, users }
  }
  const written = (
    fields: BodyFields,
    old: Group | undefined,
  ): Pick<Group, 'name' | 'description' | 'wildcards'> => {
    const name = fields.text('name', old?.name)
    if (name.trim() === '' || name.length > 255) {
      throw badRequest('name must have 1 to 255 characters')
    }
    const isTaken = [...accounts.groups.values()].some(
      (group) => group.name === name && group.groupId !== old?.groupId,
    )
    if (isTaken) throw conflict('a group of this name exists')
    // Groups are shown with their wild cards; that they are set the same way is not documented [I].
    const wildcards = fields.has('wildcards') ? fields.texts('wildcards') : (old?.wildcards ?? [])
    if (wildcards.some((wildcard) => !allWildcards.has(wildcard))) {
      throw badRequest('wildcards names one that is not there')
    }
    return {
      name,
      description: fields.text('description', old?.description ?? ''),
      wildcards: [...new Set(wildcards)],
    }
  }

  app.get('/v1/groups', { config: { operation: 'groups.list' } }, (request, reply) => {
    guard.checkAdmin(request)
    void reply.send(listAnswer([...accounts.groups.values()].map(shown), queryOf(request)))
  })
  app.post('/v1/groups', { config: { operation: 'groups.create' } }, (request, reply) => {
    guard.checkAdmin(request)
    if (accounts.groups.size >= accountsMax) throw conflict('the limit of groups is reached')
    const group = {
      groupId: accounts.newGroupId(),
      ...written(bodyFields(request), undefined),
      permissions: [],
    }
    accounts.putGroup(group)
    partner.touch()
    void reply.code(201).send(shown(group))
  })
  app.get<OfGroup>('/v1/groups/:id', { config: { operation: 'groups.get' } }, (request, reply) => {
    guard.checkAdmin(request)
    void reply.send(shown(groupOf(request.params.id)))
  })
  app.put<OfGroup>(
    '/v1/groups/:id',
    { config: { operation: 'groups.update' } },
    (request, reply) => {
      guard.checkAdmin(request)
      const old = groupOf(request.params.id)
      const group = { ...old, ...written(bodyFields(request), old) }
      accounts.putGroup(group)
      partner.touch()
      void reply.send(shown(group))
    },
  )
  app.delete<OfGroup>(
    '/v1/groups/:id',
    { config: { operation: 'groups.delete' } },
    (request, reply) => {
      guard.checkAdmin(request)
      accounts.removeGroup(groupOf(request.params.id).groupId)
      partner.touch()
      void reply.code(204).send()
    },
  )
  // What its body is, is not documented; that of users is a list of ids [I].
  app.delete(
    '/v1/groups/bulk-delete',
    { config: { operation: 'groups.deleteBulk' } },
    (request, reply) => {
      guard.checkAdmin(request)
      const groups = bodyList(request).map((id) => groupOf(String(id)))
      for (const { groupId } of groups) accounts.removeGroup(groupId)
      partner.touch()
      void reply.code(204).send()
    },
  )

  const url = '/v1/groups/:id/permissions'
  app.get<OfGroup>(url, { config: { operation: 'groups.permissions' } }, (request, reply) => {
    guard.checkAdmin(request)
    const group = accounts.groups.get(Number(request.params.id))
    // As documented: not 404.
    if (group === undefined) throw badRequest('the group is inaccessible')
    void reply.send(group.permissions)
  })
  app.put<OfGroup>(url, { config: { operation: 'groups.grant' } }, (request, reply) => {
    guard.checkAdmin(request)
    const group = groupOf(request.params.id)
    const given = bodyList(request)
    if (given.length > permissionsMax) throw badRequest('too many permissions')
    const permissions = given.map((entry) => permissionOf(partner, entry))
    accounts.putGroup({ ...group, permissions })
    partner.touch()
    void reply.send(permissions)
  })

  const types = '/v1/permissionable-object-types'
  app.get(types, { config: { operation: 'objectTypes.list' } }, (_request, reply) => {
    void reply.send(Object.keys(accessTypes))
  })
  app.get<{ Params: { type: string } }>(
    `${types}/:type`,
    { config: { operation: 'objectTypes.get' } },
    (request, reply) => {
      const { type } = request.params
      if (!isObjectType(type)) throw notFound('object type')
      void reply.send(accessTypes[type])
    },
  )
}

/** @throws RestRefused 400 where the body is no JSON array */
function bodyList(request: FastifyRequest): readonly unknown[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(bodyOf(request).toString())
  } catch {
    parsed = undefined
  }
  if (!Array.isArray(parsed)) throw badRequest('the body must be a JSON array')
  return parsed
}

/**
 * An object of traits and segments is their data source [I]: regular permissions are granted for named data sources.
 * @throws RestRefused 400 for a permission that is none, 403 for an object that is not the partner's
 */
function permissionOf(
  { catalogue, destinations, settings }: Partner,
  given: unknown,
): GroupPermission {
  const { objectType, objectId: id, permissions } = isObject(given) ? given : {}
  if (!isObjectType(objectType)) throw badRequest('objectType is none')
  // Documented with numbers, and with digits in quotes.
  const objectId = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : id
  if (!isWhole(objectId)) throw badRequest('objectId must be a whole number')
  const { perObject } = accessTypes[objectType]
  if (!isTexts(permissions) || permissions.some((one) => !perObject.includes(one))) {
    throw badRequest(`a permission is none of ${objectType}`)
  }
  if (perObject.length === 0) throw badRequest(`${objectType} has wild cards only`)
  const isOwn =
    objectType === 'DESTINATION'
      ? destinations.byId(objectId) !== undefined
      : catalogue.dataSources.byId(objectId)?.pid === settings.pid
  if (!isOwn) throw forbidden('the object is not accessible')
  return { objectType, objectId, permissions: [...new Set(permissions)] }
}
