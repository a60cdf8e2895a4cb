import { randomUUID } from 'node:crypto'
import {
  deleteSegment,
  patchSegment,
  registerSegment,
  replaceSegment,
  segmentOf,
  segmentOfAddress,
  segmentView,
  segmentsOf,
  type Configuration,
  type Decision,
  type Document,
  type PatchOperation,
} from '@segue/destinations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { missingFor, permissionMissing } from '../access/access.ts'
import { sandboxOf } from '../sandbox.ts'
import { configureAs } from '../services.ts'
import type { Services } from '../services.ts'
import { changeHeaders, removed, shown } from './flow-service/flow-service-routes.ts'
import { jsonPatchSchema } from './patched.ts'
import { answers, sandboxHeaders } from './schemas.ts'
import { pageOf, pageQuerySchema, type PageQuery } from './segments/page.ts'
import {
  evaluationOf,
  idParams,
  listSchema,
  registerBody,
  replaceBody,
  segmentSchema,
  type RegisterBody,
  type ReplaceBody,
} from './segments/schemas.ts'
import { noticeSeenSegments, withNoticedSegments } from './segments/seen-segments.ts'

const url = '/data/core/ups/segment/definitions'
const mayLabel = 'apply-data-usage-labels'

/** `/data/core/ups/segment/definitions`: segments, registered or seen in the stream (`reference/platform.md` §8.1). */
export function segmentDefinitionRoutes(gateway: FastifyInstance, services: Services): void {
  const change = async (
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    decide: (
      configuration: Configuration,
      sandboxName: string,
      segment: string,
    ) => Decision<Document<'segment'>>,
  ): Promise<object> => {
    const sandbox = sandboxOf(request, services.sandboxes)
    const segment = segmentOfAddress(request.params.id)
    const document = await withNoticedSegments(services, sandbox, () =>
      configureAs(services, request, (configuration) =>
        refuseLabels(request, configuration, decide(configuration, sandbox.name, segment)),
      ),
    )
    return answerWith(reply, services, await services.configuration.read(), document)
  }

  gateway.route<{ Querystring: PageQuery }>({
    method: 'GET',
    url,
    config: { access: 'view-segments' },
    schema: {
      tags: ['Segments'],
      summary: 'Lists segment definitions of the sandbox',
      description: 'With those that nobody has registered and that the stream has brought.',
      headers: sandboxHeaders,
      querystring: pageQuerySchema,
      response: answers({ 200: listSchema }),
    },
    handler: async (request) => {
      const sandbox = sandboxOf(request, services.sandboxes)
      await noticeSeenSegments(services, sandbox)
      const configuration = await services.configuration.read()
      const { part, ...page } = pageOf(segmentsOf(configuration, sandbox.name), request.query, url)
      const segments = part.map((document) =>
        shown(segmentView(configuration, document), configuration, services),
      )
      return { segments, ...page }
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: `${url}/:id`,
    config: { access: 'view-segments' },
    schema: {
      tags: ['Segments'],
      summary: 'Shows a segment definition',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 200: segmentSchema }),
    },
    handler: async (request, reply) => {
      const sandbox = sandboxOf(request, services.sandboxes)
      const segment = segmentOfAddress(request.params.id)
      return withNoticedSegments(services, sandbox, async () => {
        const configuration = await services.configuration.read()
        const document = segmentOf(configuration, sandbox.name, segment)
        return answerWith(reply, services, configuration, document)
      })
    },
  })

  gateway.route<{ Body: RegisterBody }>({
    method: 'POST',
    url,
    config: { access: 'manage-segments' },
    schema: {
      tags: ['Segments'],
      summary: 'Registers a segment',
      description:
        'Segue does not evaluate: an expression may be sent and is not kept. One that the stream has brought already is given its name so.',
      headers: sandboxHeaders,
      body: registerBody,
      response: answers({ 200: segmentSchema }),
    },
    handler: async (request, reply) => {
      const sandbox = sandboxOf(request, services.sandboxes)
      const context = { sandboxName: sandbox.name, newId: randomUUID }
      const { evaluationInfo, ...given } = request.body
      const asked = { ...given, evaluation: evaluationOf(evaluationInfo) }
      const document = await configureAs(services, request, (configuration) =>
        refuseLabels(request, configuration, registerSegment(configuration, asked, context)),
      )
      return answerWith(reply, services, await services.configuration.read(), document)
    },
  })

  gateway.route<{ Params: { id: string }; Body: PatchOperation[] }>({
    method: 'PATCH',
    url: `${url}/:id`,
    config: { access: { anyOf: ['manage-segments', mayLabel] } },
    schema: {
      tags: ['Segments'],
      summary: 'Renames, describes or labels a segment by a JSON Patch',
      description:
        'Name and description ask for `manage-segments`, labels for `apply-data-usage-labels`. A new name reaches the solutions.',
      headers: changeHeaders,
      params: idParams,
      body: jsonPatchSchema,
      response: answers({ 200: segmentSchema }),
    },
    handler: (request, reply) =>
      change(request, reply, (configuration, sandboxName, segment) =>
        patchSegment(
          configuration,
          sandboxName,
          segment,
          request.headers['if-match'],
          request.body,
        ),
      ),
  })

  gateway.route<{ Params: { id: string }; Body: ReplaceBody }>({
    method: 'PUT',
    url: `${url}/:id`,
    config: { access: { anyOf: ['manage-segments', mayLabel] } },
    schema: {
      tags: ['Segments'],
      summary: 'Gives a segment another name, description or labels',
      description: 'What is not sent stays. Asks for what the patch asks for.',
      headers: changeHeaders,
      params: idParams,
      body: replaceBody,
      response: answers({ 200: segmentSchema }),
    },
    handler: (request, reply) =>
      change(request, reply, (configuration, sandboxName, segment) =>
        replaceSegment(
          configuration,
          sandboxName,
          segment,
          request.headers['if-match'],
          request.body,
        ),
      ),
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: `${url}/:id`,
    config: { access: 'manage-segments' },
    schema: {
      tags: ['Segments'],
      summary: 'Removes the definition of a segment that no flow activates',
      description:
        'One that the stream has brought is there again when somebody looks, without name and labels.',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 204: removed }),
    },
    handler: async (request, reply) => {
      const sandbox = sandboxOf(request, services.sandboxes)
      const segment = segmentOfAddress(request.params.id)
      await configureAs(services, request, (configuration) =>
        deleteSegment(configuration, sandbox.name, segment),
      )
      return reply.code(204).send()
    },
  })
}

function answerWith(
  reply: FastifyReply,
  services: Services,
  configuration: Configuration,
  document: Document<'segment'>,
): object {
  reply.header('etag', document.etag)
  return shown(segmentView(configuration, document), configuration, services)
}

/** Labels ask for a permission of their own, and so does all else (`reference/platform.md` §5). */
function refuseLabels(
  request: FastifyRequest,
  configuration: Configuration,
  decision: Decision<Document<'segment'>>,
): Decision<Document<'segment'>> {
  for (const { kind, id, value } of decision.writes) {
    if (kind !== 'segment' || value === undefined) continue
    const before = configuration.get('segment', id)?.value
    const isSame = value.labels.join('\n') === (before?.labels ?? []).join('\n')
    const isNamed = value.name !== before?.name || value.description !== before.description
    const missing = [
      ...(isSame ? [] : missingFor(request, mayLabel)),
      ...(isNamed ? missingFor(request, 'manage-segments') : []),
    ]
    if (missing.length > 0) throw permissionMissing(missing)
  }
  return decision
}
