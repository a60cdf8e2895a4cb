import type { FastifyInstance, FastifyRequest } from 'fastify'
import { queryOf } from '../http/server.ts'
import { type Trait, traitTypes } from './catalogue.ts'
import type { Partner } from './partner.ts'
import {
  badRequest,
  type BodyFields,
  bodyFields,
  checkedName,
  conflict,
  notFound,
} from './rest-fields.ts'
import type { RestGuard } from './rest-guard.ts'
import { listAnswer, wholeOf } from './rest-paging.ts'
import { traitsOfSegmentRule } from './trait-rule.ts'

interface OfTrait {
  Params: { sid: string }
}

const defaultTtlDays = 120

/** `/v1/traits` (reference §1.4), and the sandbox's own reading of a trait's population. */
export function traitRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { catalogue, settings, clock } = partner
  const traitOf = (request: FastifyRequest<OfTrait>, verb: string): Trait => {
    const trait = catalogue.traits.get(Number(request.params.sid))
    if (trait === undefined) throw notFound('trait')
    guard.check(request, 'TRAIT', verb, trait.dataSourceId)
    return trait
  }

  app.get('/v1/traits', { config: { operation: 'traits.list' } }, (request, reply) => {
    const given = queryOf(request)
    const seen = filtered(partner, given).filter(({ dataSourceId }) =>
      guard.may(request, 'TRAIT', 'READ', dataSourceId),
    )
    void reply.send(listAnswer(seen, given))
  })

  app.get('/v1/traits/limits', { config: { operation: 'traits.limits' } }, (_request, reply) => {
    void reply.send({ count: catalogue.traits.size, limit: settings.maxTraits })
  })

  app.post('/v1/traits', { config: { operation: 'traits.create' } }, (request, reply) => {
    if (catalogue.traits.size >= settings.maxTraits)
      throw conflict('the limit of traits is reached')
    const fields = bodyFields(request)
    const now = clock.nowMs()
    const trait: Trait = {
      sid: catalogue.newSid(),
      pid: settings.pid,
      traitType: fields.word('traitType', traitTypes),
      createTime: now,
      ...written(partner, fields, undefined),
      updateTime: now,
    }
    guard.check(request, 'TRAIT', 'CREATE', trait.dataSourceId)
    catalogue.putTrait(trait)
    partner.touch()
    void reply.code(201).send(trait)
  })

  app.get<OfTrait>('/v1/traits/:sid', { config: { operation: 'traits.get' } }, (request, reply) => {
    void reply.send(traitOf(request, 'READ'))
  })

  app.put<OfTrait>(
    '/v1/traits/:sid',
    { config: { operation: 'traits.update' } },
    (request, reply) => {
      const old = traitOf(request, 'WRITE')
      const trait = {
        ...old,
        ...written(partner, bodyFields(request), old),
        updateTime: clock.nowMs(),
      }
      guard.check(request, 'TRAIT', 'WRITE', trait.dataSourceId)
      catalogue.putTrait(trait)
      partner.touch()
      void reply.send(trait)
    },
  )

  app.delete<OfTrait>(
    '/v1/traits/:sid',
    { config: { operation: 'traits.delete' } },
    (request, reply) => {
      const { sid } = traitOf(request, 'DELETE')
      for (const segment of catalogue.segments.values()) {
        if (traitsOfSegmentRule(segment.segmentRule)?.includes(sid) === true) {
          throw conflict(`the trait is used by segment ${segment.sid}`)
        }
      }
      catalogue.removeTrait(sid)
      partner.memberships.dropTrait(sid)
      partner.touch()
      void reply.code(204).send()
    },
  )

  app.get<OfTrait>(
    '/v1/traits/:sid/population',
    { config: { operation: 'traits.population' } },
    (request, reply) => {
      const { sid } = traitOf(request, 'READ')
      const dataSources = [...partner.report.read(sid)].map(([dataSourceId, members]) => {
        const ids = [...members]
        return { dataSourceId, count: ids.length, ids }
      })
      const total = dataSources.reduce((sum, { count }) => sum + count, 0)
      void reply.send({ sid, total, dataSources })
    },
  )
}

/** The fields that a client may write; those that a PUT leaves out keep their value. */
function written(
  partner: Partner,
  fields: BodyFields,
  old: Trait | undefined,
): Pick<
  Trait,
  | 'name'
  | 'description'
  | 'comments'
  | 'dataSourceId'
  | 'folderId'
  | 'traitRule'
  | 'ttl'
  | 'integrationCode'
> {
  const { catalogue, settings } = partner
  const name = checkedName(fields.text('name', old?.name), settings)
  const dataSourceId = fields.whole('dataSourceId', old?.dataSourceId)
  const source = catalogue.dataSources.byId(dataSourceId)
  if (source === undefined || source.pid !== settings.pid) {
    throw badRequest('dataSourceId names no data source of this partner')
  }
  const folderId = fields.whole('folderId', old?.folderId)
  if (catalogue.traitFolders.byId(folderId) === undefined)
    throw badRequest('folderId names no folder')
  const integrationCode = fields.text('integrationCode', old?.integrationCode ?? '')
  const isOther = (trait: Trait): boolean => trait.sid !== old?.sid
  if (catalogue.traitsNamed(name).some(isOther)) throw conflict('a trait of this name exists')
  if (
    integrationCode !== '' &&
    source.uniqueTraitIntegrationCodes &&
    catalogue
      .traitsWithCode(integrationCode)
      .some((trait) => isOther(trait) && trait.dataSourceId === dataSourceId)
  ) {
    throw conflict('the data source has a trait with this integration code')
  }
  return {
    name,
    description: fields.text('description', old?.description ?? ''),
    comments: fields.text('comments', old?.comments ?? ''),
    dataSourceId,
    folderId,
    traitRule: fields.text('traitRule', old?.traitRule ?? ''),
    ttl: fields.whole('ttl', old?.ttl ?? defaultTtlDays),
    integrationCode,
  }
}

function filtered(partner: Partner, given: URLSearchParams): readonly Trait[] {
  const { catalogue } = partner
  const code = given.get('integrationCode')
  const owner = given.get('dataSourceId')
  const folder = given.get('folderId')
  const type = given.get('type')
  let traits: readonly Trait[] =
    code !== null
      ? catalogue.traitsWithCode(code)
      : owner !== null
        ? catalogue.traitsOf(wholeOf(owner, 0, 'dataSourceId'))
        : [...catalogue.traits.values()]
  if (owner !== null) {
    const wanted = wholeOf(owner, 0, 'dataSourceId')
    traits = traits.filter((trait) => trait.dataSourceId === wanted)
  }
  if (folder !== null) {
    const wanted = wholeOf(folder, 0, 'folderId')
    traits = traits.filter((trait) => trait.folderId === wanted)
  }
  return type === null ? traits : traits.filter((trait) => trait.traitType === type)
}
