import type { FastifyRequest } from 'fastify'
import { gatewayRefused } from '../gateway/gateway.ts'
import type { ObjectType } from './access-types.ts'
import type { Accounts, User } from './accounts.ts'
import { RestRefused } from './rest-errors.ts'

/** Who calls, and what he may (reference §1.6). */
export interface RestGuard {
  readonly caller: (request: FastifyRequest) => User
  readonly may: (
    request: FastifyRequest,
    type: ObjectType,
    permission: string,
    objectId: number,
  ) => boolean
  /** @throws RestRefused 403. That an object one may not see answers 403, and not 404, is decided here [I]. */
  readonly check: (
    request: FastifyRequest,
    type: ObjectType,
    permission: string,
    objectId: number,
  ) => void
  /** @throws RestRefused 403 where the caller is no admin */
  readonly checkAdmin: (request: FastifyRequest) => void
}

/** @param clientOf the client that a bearer token was made for */
export function createRestGuard(
  accounts: Accounts,
  clientOf: (token: string) => string | undefined,
): RestGuard {
  const caller = ({ headers }: FastifyRequest): User => {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const user = accounts.byClient(clientOf(token) ?? '')
    // Tokens outlive their users.
    if (user?.status !== 'ACTIVE') throw gatewayRefused('403023')
    return user
  }
  const may: RestGuard['may'] = (request, ...what) => accounts.may(caller(request), ...what)
  return {
    caller,
    may,
    check: (request, type, permission, objectId) => {
      if (!may(request, type, permission, objectId)) {
        throw forbidden(`${permission} on this ${type} is not granted`)
      }
    },
    checkAdmin: (request) => {
      if (!caller(request).isAdmin) throw forbidden('only admins may do this')
    },
  }
}

export function forbidden(message: string): RestRefused {
  return new RestRefused(403, 'forbidden', message)
}
