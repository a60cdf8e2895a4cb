import type { FastifyInstance } from 'fastify'
import { queryOf } from '../http/server.ts'
import { type DataSource, idTypes } from './data-sources.ts'
import type { FolderProblem, Folders } from './folders.ts'
import type { Partner } from './partner.ts'
import { badRequest, bodyFields, conflict, notFound } from './rest-fields.ts'
import type { RestRefused } from './rest-errors.ts'
import { checkedControls } from './export-controls.ts'
import { forbidden, type RestGuard } from './rest-guard.ts'
import { listAnswer } from './rest-paging.ts'

/** `/v1/datasources` (reference §1.4). */
export function dataSourceRoutes(app: FastifyInstance, partner: Partner, guard: RestGuard): void {
  const { settings, catalogue } = partner
  const { dataSources } = catalogue

  app.get('/v1/datasources', { config: { operation: 'datasources.list' } }, (request, reply) => {
    const given = queryOf(request)
    const code = given.get('integrationCode')
    const all = dataSources.all().map(shown)
    void reply.send(
      listAnswer(code === null ? all : all.filter((each) => each.integrationCode === code), given),
    )
  })

  app.get<{ Params: { id: string } }>(
    '/v1/datasources/:id',
    { config: { operation: 'datasources.get' } },
    (request, reply) => {
      const source = dataSources.byId(Number(request.params.id))
      if (source === undefined) throw notFound('data source')
      void reply.send(shown(source))
    },
  )

  app.post('/v1/datasources', { config: { operation: 'datasources.create' } }, (request, reply) => {
    guard.checkAdmin(request)
    const fields = bodyFields(request)
    const name = checkedSourceName(fields.text('name'))
    const integrationCode = fields.text('integrationCode', '')
    if (integrationCode !== '' && dataSources.byCode(integrationCode) !== undefined) {
      throw conflict('a data source with this integration code exists')
    }
    const source: DataSource = {
      dataSourceId: dataSources.newId(),
      pid: settings.pid,
      name,
      description: fields.text('description', ''),
      integrationCode,
      idType: fields.word('idType', idTypes),
      type: fields.text('type', 'GENERAL'),
      inboundS2S: fields.flag('inboundS2S', false),
      outboundS2S: fields.flag('outboundS2S', false),
      uniqueTraitIntegrationCodes: fields.flag('uniqueTraitIntegrationCodes', false),
      uniqueSegmentIntegrationCodes: fields.flag('uniqueSegmentIntegrationCodes', false),
      dataExportRestrictions: checkedControls(fields.texts('dataExportRestrictions')),
      status: 'ACTIVE',
      idKind: 'other',
    }
    dataSources.put(source)
    partner.touch()
    void reply.code(201).send(shown(source))
  })

  // Of what can be changed of a data source, names and export controls (reference §1.7: for admins).
  app.put<{ Params: { id: string } }>(
    '/v1/datasources/:id',
    { config: { operation: 'datasources.update' } },
    (request, reply) => {
      guard.checkAdmin(request)
      const old = dataSources.byId(Number(request.params.id))
      if (old === undefined) throw notFound('data source')
      if (old.pid !== settings.pid) throw forbidden('the data source is shared by all customers')
      const fields = bodyFields(request)
      const source: DataSource = {
        ...old,
        name: checkedSourceName(fields.text('name', old.name)),
        description: fields.text('description', old.description),
        dataExportRestrictions: fields.has('dataExportRestrictions')
          ? checkedControls(fields.texts('dataExportRestrictions'))
          : old.dataExportRestrictions,
      }
      dataSources.put(source)
      partner.touch()
      void reply.send(shown(source))
    },
  )
}

function checkedSourceName(name: string): string {
  if (name.trim() !== '' && name.length <= 255) return name
  throw badRequest('name must have 1 to 255 characters')
}

/** `/v1/folders/traits` and `/v1/folders/segments` (reference §1.4). */
export function folderRoutes(app: FastifyInstance, partner: Partner): void {
  const { traits, segments } = partner.catalogue
  const serve = (kind: string, folders: Folders, isUsed: (folderId: number) => boolean): void => {
    const url = `/v1/folders/${kind}`
    app.get(url, { config: { operation: 'folders.list' } }, (request, reply) => {
      void reply.send(listAnswer(folders.all(), queryOf(request)))
    })
    app.post(url, { config: { operation: 'folders.create' } }, (request, reply) => {
      const fields = bodyFields(request)
      const folder = folders.create(fields.text('name'), fields.whole('parentFolderId'))
      if (typeof folder === 'string') throw folderRefused(folder)
      partner.touch()
      void reply.code(201).send(folder)
    })
    app.get<{ Params: { id: string } }>(
      `${url}/:id`,
      { config: { operation: 'folders.get' } },
      (request, reply) => {
        const folder = folders.byId(Number(request.params.id))
        if (folder === undefined) throw notFound('folder')
        void reply.send(folder)
      },
    )
    app.delete<{ Params: { id: string } }>(
      `${url}/:id`,
      { config: { operation: 'folders.delete' } },
      (request, reply) => {
        const folder = folders.byId(Number(request.params.id))
        if (folder === undefined) throw notFound('folder')
        const hasChild = folders.all().some((other) => other.parentFolderId === folder.folderId)
        if (hasChild || isUsed(folder.folderId)) throw conflict('the folder is not empty')
        folders.remove(folder.folderId)
        partner.touch()
        void reply.code(204).send()
      },
    )
  }
  serve('traits', partner.catalogue.traitFolders, holderOf(traits))
  serve('segments', partner.catalogue.segmentFolders, holderOf(segments))
}

/** Whether a folder has one of the items in it. */
function holderOf(items: ReadonlyMap<number, { folderId: number }>) {
  return (folderId: number): boolean =>
    [...items.values()].some((item) => item.folderId === folderId)
}

function folderRefused(problem: FolderProblem): RestRefused {
  switch (problem) {
    case 'no-parent':
      return badRequest('parentFolderId names no folder')
    case 'too-deep':
      return conflict('folders nest at most 5 deep')
    case 'too-many':
      return conflict('the limit of folders is reached')
    case 'name-taken':
      return conflict('the parent folder has a folder of this name')
  }
}

/** Without the sandbox's own knowledge of what the ids are. */
function shown({ idKind: _idKind, ...source }: DataSource): Omit<DataSource, 'idKind'> {
  return source
}
