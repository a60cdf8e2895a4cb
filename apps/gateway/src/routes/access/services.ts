import type { Rights } from '@segue/destinations'
import type { FastifyRequest } from 'fastify'
import type { RightsBook } from '../../access/rights-book.ts'
import type { TokenChecks } from '../../access/token-checks.ts'
import type { Services } from '../../services.ts'

/** What routes about access work with, beside what all have. */
export interface AccessServices extends Services {
  readonly book: RightsBook
  readonly checks: Pick<TokenChecks, 'forget'>
}

/** What whoever sends the request may do. */
export function rightsOfSender({ standing }: FastifyRequest): Rights {
  if (standing === null) throw new Error('a route for anybody has no rights to go by')
  return standing.rights
}
