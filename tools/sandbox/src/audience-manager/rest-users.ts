import type { FastifyInstance } from 'fastify'
import { queryOf } from '../http/server.ts'
import { accountsMax, technicalUserId, type User, userStatuses } from './accounts.ts'
import type { Partner } from './partner.ts'
import { badRequest, type BodyFields, bodyFields, conflict, notFound } from './rest-fields.ts'
import type { RestGuard } from './rest-guard.ts'
import { listAnswer, wholeOf } from './rest-paging.ts'

interface OfUser {
  Params: { id: string }
}

/** `/v1/users` (reference §1.6): for admins, but for one's own. Passwords are not here: people sign in elsewhere. */
export function userRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { accounts, settings } = partner
  const userOf = (id: string): User => {
    const user = accounts.users.get(Number(id))
    if (user === undefined) throw notFound('user')
    return user
  }
  const written = (fields: BodyFields, old: User | undefined): Omit<User, 'pid' | 'userId'> => {
    const username = fields.text('username', old?.username)
    if (username.trim() === '' || username.length > 255) {
      throw badRequest('username must have 1 to 255 characters')
    }
    const isTaken = [...accounts.users.values()].some(
      (user) => user.username === username && user.userId !== old?.userId,
    )
    // Its credentials would be another's.
    if (isTaken || username === settings.clientId) throw conflict('the username is taken')
    const groups = fields.wholes('groups', old?.groups ?? [])
    if (groups.some((groupId) => !accounts.groups.has(groupId))) {
      throw badRequest('groups names a group that is not there')
    }
    return {
      username,
      status: fields.word('status', userStatuses, old?.status ?? 'ACTIVE'),
      firstName: fields.text('firstName', old?.firstName ?? ''),
      lastName: fields.text('lastName', old?.lastName ?? ''),
      emailAddress: fields.text('emailAddress', old?.emailAddress ?? ''),
      title: fields.text('title', old?.title ?? ''),
      phoneNumber: fields.text('phoneNumber', old?.phoneNumber ?? ''),
      groups: [...new Set(groups)],
      isAdmin: fields.flag('isAdmin', old?.isAdmin ?? false),
    }
  }

  app.get('/v1/users/self', { config: { operation: 'users.self' } }, (request, reply) => {
    const self = guard.caller(request)
    void reply.send({ uid: self.userId, ...self })
  })
  app.get('/v1/users', { config: { operation: 'users.list' } }, (request, reply) => {
    guard.checkAdmin(request)
    const given = queryOf(request)
    const groups = given.getAll('groupId').map((id) => wholeOf(id, 0, 'groupId'))
    const users = [...accounts.users.values()].filter(
      (user) => groups.length === 0 || user.groups.some((id) => groups.includes(id)),
    )
    void reply.send(listAnswer(users, given))
  })
  app.post('/v1/users', { config: { operation: 'users.create' } }, (request, reply) => {
    guard.checkAdmin(request)
    if (accounts.users.size >= accountsMax) throw conflict('the limit of users is reached')
    const user = {
      pid: settings.pid,
      userId: accounts.newUserId(),
      ...written(bodyFields(request), undefined),
    }
    accounts.putUser(user)
    partner.touch()
    void reply.code(201).send(user)
  })
  app.get<OfUser>('/v1/users/:id', { config: { operation: 'users.get' } }, (request, reply) => {
    guard.checkAdmin(request)
    void reply.send(userOf(request.params.id))
  })
  app.put<OfUser>('/v1/users/:id', { config: { operation: 'users.update' } }, (request, reply) => {
    guard.checkAdmin(request)
    const old = userOf(request.params.id)
    const user = { ...old, ...written(bodyFields(request), old) }
    accounts.putUser(user)
    partner.touch()
    void reply.send(user)
  })
  app.delete<OfUser>(
    '/v1/users/:id',
    { config: { operation: 'users.delete' } },
    (request, reply) => {
      guard.checkAdmin(request)
      const { userId } = userOf(request.params.id)
      if (userId === technicalUserId) throw conflict('the technical account stays')
      accounts.removeUser(userId)
      partner.touch()
      void reply.code(204).send()
    },
  )
}
