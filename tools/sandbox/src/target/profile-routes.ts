import type { FastifyInstance } from 'fastify'
import type { Account } from './account.ts'
import { checkClient } from './delivery-routes.ts'
import { EdgeRefused, statusReply } from './edge-replies.ts'
import { attributesOf, type IdKind } from './profiles.ts'

/** How a profile is asked for, and what the 404 calls that id. Of the visitor id's words the docs have none [I]. */
const reads: readonly (readonly [operation: string, url: string, kind: IdKind, said: string])[] = [
  [
    'profiles.byVisitorId',
    '/marketingCloudVisitorId/:id',
    'marketingCloudVisitorId',
    'marketing cloud visitor id',
  ],
  ['profiles.byThirdPartyId', '/thirdPartyId/:id', 'thirdPartyId', 'third party id'],
  ['profiles.byTntId', '/:id', 'tntId', 'mboxPC'],
]

/** Profiles as they are applied (reference §5.2, read back). */
export function profileRoutes(app: FastifyInstance, account: Account): void {
  const { profiles, settings } = account
  for (const [operation, url, kind, said] of reads) {
    app.get<{ Params: { id: string } }>(
      `/rest/v1/profiles${url}`,
      { config: { operation } },
      (request, reply) => {
        checkClient(request, account)
        const { id } = request.params
        const known = kind === 'tntId' ? (id.split('.', 1)[0] ?? id) : id
        const profile = profiles.byId(kind, known)
        if (profile === undefined) {
          const message = `No profile found for client ${settings.clientCode} with ${said}=${id}`
          throw new EdgeRefused('404', statusReply(404, message))
        }
        const profileAttributes = Object.fromEntries(
          [...attributesOf(profile)].map(([name, { value, modifiedMs }]) => [
            name,
            { value, modifiedAt: isoOf(modifiedMs) },
          ]),
        )
        return reply.send({
          client: settings.clientCode,
          visitorId: id,
          modifiedAt: isoOf(profile.modifiedMs),
          profileAttributes,
        })
      },
    )
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
