import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance } from 'fastify'
import { mayAlso } from '../access/access.ts'
import type { Sandboxes } from '../sandbox.ts'
import { answers, content } from './schemas.ts'

const path = '/queues'

/**
 * `/queues`: Bull Board over the queues of all sandboxes. Whoever may only read sees a board that only reads: both by what the
 * pages offer, and since every other method asks for `manage-queues`.
 */
export function queuesRoutes(gateway: FastifyInstance, sandboxes: Sandboxes): void {
  const readable = adaptersOf(sandboxes, true)
  const writable = new Map(adaptersOf(sandboxes, false).map((queue) => [queue.getName(), queue]))
  // Bull Board hands its hooks the headers and not the request; the headers are the same object in both.
  const writers = new WeakSet<object>()
  const server = new FastifyAdapter().setBasePath(path)
  createBullBoard({
    queues: readable,
    serverAdapter: server,
    options: {
      handlerHooks: {
        before: ({ request }) => {
          if (writers.has(request.headers)) request.queues = writable
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
      route.config = { ...route.config, access: reads ? 'view-queues' : 'manage-queues' }
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
      if (mayAlso(request, 'manage-queues')) writers.add(request.headers)
      reply.headers(boardHeaders)
    })
    await scope.register(server.registerPlugin(), { prefix: path })
  })
}

function adaptersOf(sandboxes: Sandboxes, readOnlyMode: boolean): BullMQAdapter[] {
  return Array.from(sandboxes.values(), ({ name, queues }) =>
    Array.from(
      queues.values(),
      (queue) => new BullMQAdapter(queue, { readOnlyMode, prefix: `${name}.`, delimiter: '.' }),
    ),
  ).flat()
}

/** The pages load nothing from elsewhere, and nobody puts them into a frame. */
const boardHeaders = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
