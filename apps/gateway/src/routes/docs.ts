import { randomBytes } from 'node:crypto'
import apiReference from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'

import { answers, content } from './schemas.ts'

const documentPath = '/openapi.json'

/** `/openapi.json`, made from the routes' schemas, and `/docs`, a page to read it. Everything comes from here, nothing from the internet. */
export function docsRoutes(gateway: FastifyInstance): void {
  gateway.route({
    method: 'GET',
    url: documentPath,
    config: { access: 'anyToken' },
    schema: {
      tags: ['Browser'],
      summary: 'This document',
      response: answers({ 200: content('application/json', 'OpenAPI 3.1.') }),
    },
    handler: () => gateway.swagger(),
  })

  const nonce = randomBytes(16).toString('base64')
  gateway.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'anyToken' }
    })
    scope.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': `default-src 'self'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'`,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    })
    await scope.register(apiReference, {
      routePrefix: '/docs',
      configuration: {
        url: documentPath,
        nonce,
        pageTitle: 'Segue API',
        telemetry: false,
        withDefaultFonts: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        agent: { disabled: true },
        mcp: { disabled: true },
      },
    })
  })
}
