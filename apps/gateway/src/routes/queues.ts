import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mayAlso } from '../access/access.ts'
import { recordQueueChanges } from '../audit/queue-changes.ts'
import type { Services } from '../services.ts'
import type { Sandbox } from '../sandbox.ts'
import { answers, content } from './schemas.ts'

const path = '/queues'

/**
 * `/queues`: Bull Board over the queues of the sandboxes in which one may see them. Whoever may only read somewhere sees queues
 * there that can only be read: both by what the pages offer, and since Bull Board refuses changes of those.
 */
export function queuesRoutes(
  gateway: FastifyInstance,
  { sandboxes, configuration }: Pick<Services, 'sandboxes' | 'configuration'>,
): void {
  const adapters = Array.from(sandboxes.values(), (sandbox) => ({
    sandbox: sandbox.name,
    readable: adaptersOf(sandbox, true),
    writable: adaptersOf(sandbox, false),
  }))
  // Bull Board hands its hooks the headers and not the request; the headers are the same object in both.
  const queuesFor = new WeakMap<object, ReturnType<typeof visibleTo>>()
  const visibleTo = (request: FastifyRequest): Map<string, BullMQAdapter> =>
    new Map(
      adapters
        .flatMap(({ sandbox, readable, writable }) => {
          if (mayAlso(request, 'manage-queues', sandbox)) return writable
          return mayAlso(request, 'view-queues', sandbox) ? readable : []
        })
        .map((queue) => [queue.getName(), queue]),
    )
  const server = new FastifyAdapter().setBasePath(path)
  createBullBoard({
    queues: adapters.flatMap(({ readable }) => readable),
    serverAdapter: server,
    options: {
      handlerHooks: {
        before: ({ request }) => {
          request.queues = queuesFor.get(request.headers) ?? new Map()
        },
      },
      uiConfig: {
        boardTitle: 'Segue',
        hideRedisDetails: true,
        miscLinks: [
          { text: 'API', url: '/docs/' },
          { text: 'Sign out', url: '/login' },
        ],
      },
    },
  })
  gateway.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD')
      route.config = {
        ...route.config,
        access: { anywhere: reads ? 'view-queues' : 'manage-queues' },
      }
      if (route.url === path && route.method === 'GET') {
        route.schema = {
          tags: ['Browser'],
          summary: 'Bull Board: the queues and their jobs, as a page',
          description:
            'Its own API lies below this path. Changes need the permission `manage-queues`.',
          response: answers({ 200: content('text/html', 'The page.') }),
        }
      }
    })
    scope.addHook('onRequest', async (request, reply) => {
      queuesFor.set(request.headers, visibleTo(request))
      reply.headers(boardHeaders)
    })
    recordQueueChanges(scope, sandboxes, configuration)
    await scope.register(server.registerPlugin(), { prefix: path })
  })
}

function adaptersOf({ name, queues }: Sandbox, readOnlyMode: boolean): BullMQAdapter[] {
  return Array.from(
    queues.values(),
    (queue) => new BullMQAdapter(queue, { readOnlyMode, prefix: `${name}.`, delimiter: '.' }),
  )
}

/** The pages load nothing from elsewhere, and nobody puts them into a frame. */
const boardHeaders = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
