import type { FastifyInstance } from 'fastify'
import { queryOf } from '../http/server.ts'
import { parseObject } from '../json/json.ts'
import { RequestRefused } from './errors.ts'
import type { Instance } from './instance.ts'
import { assetId } from './lead-routes.ts'
import type { Folder, StaticList } from './lists.ts'
import { boundedOf, formOf, required } from './parameters.ts'
import { assetTime, sendAssets } from './replies.ts'

/** Assets in one answer (reference §6.4). */
const maxAssets = 200
const defaultAssets = 20

/** Static lists as assets: create, find, rename, delete; bodies are form-encoded (reference §6.6). */
export function staticListRoutes(app: FastifyInstance, instance: Instance): void {
  const listOf = (part: string): StaticList => {
    const list = instance.lists.byId(assetId(part))
    if (list === undefined) throw new RequestRefused('702')
    return list
  }

  app.post(
    '/rest/asset/v1/staticLists.json',
    { config: { operation: 'staticLists.create' } },
    (request, reply) => {
      const form = formOf(request)
      const folder = folderOf(instance, required(form.get('folder'), 'folder'))
      const name = freeName(instance, form.get('name'))
      const description = form.get('description') ?? undefined
      const list = instance.lists.create({ name, description, folder }, instance.clock.nowMs())
      instance.touch()
      sendAssets(reply, [assetView(list)])
    },
  )

  app.post<{ Params: { list: string } }>(
    '/rest/asset/v1/staticList/:list',
    { config: { operation: 'staticLists.update' } },
    (request, reply) => {
      const list = listOf(request.params.list)
      const form = formOf(request)
      const name = form.get('name')
      if (name !== null && name !== list.name) instance.lists.rename(list, freeName(instance, name))
      const description = form.get('description')
      if (description !== null) list.description = description
      list.updatedAtMs = instance.clock.nowMs()
      instance.touch()
      sendAssets(reply, [assetView(list)])
    },
  )

  app.post<{ Params: { list: string } }>(
    '/rest/asset/v1/staticList/:list/delete.json',
    { config: { operation: 'staticLists.delete' } },
    (request, reply) => {
      const list = listOf(request.params.list)
      instance.lists.remove(list)
      instance.touch()
      sendAssets(reply, [{ id: list.id }])
    },
  )

  app.get(
    '/rest/asset/v1/staticList/byName.json',
    { config: { operation: 'staticLists.byName' } },
    (request, reply) => {
      const list = instance.lists.byName(required(queryOf(request).get('name'), 'name'))
      sendAssets(reply, list === undefined ? [] : [assetView(list)])
    },
  )

  app.get<{ Params: { list: string } }>(
    '/rest/asset/v1/staticList/:list',
    { config: { operation: 'staticLists.byId' } },
    (request, reply) => {
      const list = instance.lists.byId(assetId(request.params.list))
      sendAssets(reply, list === undefined ? [] : [assetView(list)])
    },
  )

  app.get(
    '/rest/asset/v1/staticLists.json',
    { config: { operation: 'staticLists.browse' } },
    (request, reply) => {
      const given = queryOf(request)
      const folder = given.get('folder')
      const within = folder === null ? undefined : folderOf(instance, folder)
      const offset =
        given.get('offset') === '0' ? 0 : boundedOf(given.get('offset'), 0, 1e9, 'offset')
      const count = boundedOf(given.get('maxReturn'), defaultAssets, maxAssets, 'maxReturn')
      const lists = instance.lists
        .all()
        .filter((list) => within === undefined || list.folder.id === within.id)
      sendAssets(reply, lists.slice(offset, offset + count).map(assetView))
    },
  )
}

/** A name that no other list has. A clash is a business rule violation [I]. */
function freeName(instance: Instance, name: string | null): string {
  if (name === null || name.trim() === '') throw new RequestRefused('701', 'name')
  if (name.length > 255) throw new RequestRefused('1001', 'name', 'String(255)')
  if (instance.lists.byName(name) !== undefined) {
    throw new RequestRefused('709', `List with name '${name}' already exists`)
  }
  return name
}

/** `{"id":1034,"type":"Folder"}`; one folder exists, by setting. */
function folderOf(instance: Instance, text: string): Folder {
  const folder = parseObject(text)
  if (folder === undefined) throw new RequestRefused('1001', text.slice(0, 50), 'Folder')
  const { id, type } = folder
  if (type !== 'Folder' && type !== 'Program') throw new RequestRefused('711')
  if (id !== instance.settings.folderId) throw new RequestRefused('710')
  return { id, type }
}

function assetView(list: StaticList): Record<string, unknown> {
  return {
    id: list.id,
    name: list.name,
    ...(list.description === undefined ? {} : { description: list.description }),
    createdAt: assetTime(list.createdAtMs),
    updatedAt: assetTime(list.updatedAtMs),
    folder: list.folder,
    computedUrl: `https://app-sandbox.marketo.com/#ST${list.id}A1`,
  }
}
