import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bodyOf, formType, mediaTypeOf, rawTarget } from '../http/server.ts'
import type { Account } from './account.ts'
import { sendWire } from './batch-routes.ts'
import { EdgeRefused, pageReply, refusedReply, xmlReply } from './edge-replies.ts'
import type { Entries } from './attributes.ts'
import type { IdKind } from './profiles.ts'

/** Single profile updates (reference §5.2 B). The docs print the path with `client`; the client code is taken too [I]. */
export function singleRoutes(app: FastifyInstance, account: Account): void {
  const { settings, singleUpdates } = account
  const answer = (given: URLSearchParams, reply: FastifyReply): FastifyReply => {
    const update = readUpdate(given)
    if (!singleUpdates.submit(update)) throw refused('The limit of updates of a day is reached')
    return sendWire(reply, xmlReply({ success: true, message: 'Request successfully submitted' }))
  }
  const config = { operation: 'single.update' }
  for (const segment of new Set(['client', settings.clientCode])) {
    const url = `/m2/${segment}/profile/update`
    app.get(url, { config }, (request, reply) => {
      checkUri(request)
      return answer(new URLSearchParams(rawTarget(request).query), reply)
    })
    app.post(url, { config }, (request, reply) => {
      checkUri(request)
      const body = bodyOf(request)
      if (settings.singleBodyBytes > 0 && body.length > settings.singleBodyBytes) throw over(413)
      if (body.length > 0 && mediaTypeOf(request) !== formType) {
        throw refused(`Content-Type must be ${formType}`)
      }
      // The ids may stand in the address and the attributes in the body.
      return answer(new URLSearchParams(`${rawTarget(request).query}&${body.toString()}`), reply)
    })
  }

  function checkUri(request: FastifyRequest): void {
    const bytes = Buffer.byteLength(request.raw.url ?? '')
    if (settings.singleUriBytes > 0 && bytes > settings.singleUriBytes) throw over(414)
  }
}

function readUpdate(given: URLSearchParams): { kind: IdKind; id: string; entries: Entries } {
  const thirdPartyId = given.get('mbox3rdPartyId') ?? ''
  const tntId = (given.get('mboxPC') ?? '').split('.', 1)[0] ?? ''
  if (thirdPartyId === '' && tntId === '') throw refused('mboxPC or mbox3rdPartyId is required')
  const entries = [...given]
    .filter(([name, value]) => name.startsWith(prefix) && name !== prefix && value !== '')
    .map(([name, value]) => [name.slice(prefix.length), value] as const)
  return thirdPartyId === ''
    ? { kind: 'tntId', id: tntId, entries }
    : { kind: 'thirdPartyId', id: thirdPartyId, entries }
}

const prefix = 'profile.'

function refused(message: string): EdgeRefused {
  return new EdgeRefused('successFalse', refusedReply(message))
}

function over(status: 413 | 414): EdgeRefused {
  return new EdgeRefused(String(status), pageReply(status))
}
