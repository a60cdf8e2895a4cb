import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { permissions } from '@segue/destinations'
import { noTracing } from '@segue/telemetry'
import { authFailuresPrefix } from '@segue/redis'
import { fastify, LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { guardRoutes } from './access/access.ts'
import { loginRoutes } from './access/login-routes.ts'
import { sessionCookies } from './access/session.ts'
import { createAuthenticate } from './access/authenticate.ts'
import { createFailureLimit } from './access/failure-limit.ts'
import { createIssuer } from './access/issuer.ts'
import { createRightsBook } from './access/rights-book.ts'
import { createTokenChecks, isSigned } from './access/token-checks.ts'
import { createAnswerProblem } from './answers.ts'
import { createInFlight } from './body/in-flight.ts'
import { Problem } from './problem.ts'
import { watchRedisMemory } from './redis-memory.ts'
import { startProjection } from './projection/projection.ts'
import { answerBrokenHttp } from './broken-http.ts'
import { flowServiceRoutes } from './routes/flow-service/flow-service.ts'
import { segmentDefinitionRoutes } from './routes/segment-definitions.ts'
import { governanceRoutes } from './routes/governance.ts'
import { organisationRoutes } from './routes/organisation.ts'
import { accessRoutes } from './routes/access.ts'
import { backfillRoutes } from './routes/backfills.ts'
import { codesRoute } from './routes/codes.ts'
import { runRoutes } from './routes/runs.ts'
import { alertRoutes } from './routes/alerts.ts'
import { exportRoutes } from './routes/exports.ts'
import { auditRoutes } from './routes/audit.ts'
import { privacyRoutes } from './routes/privacy.ts'
import { cutoverRoutes } from './routes/cutover.ts'
import { dataflowRoutes } from './routes/dataflows.ts'
import { deadLettersRoute } from './routes/dead-letters.ts'
import { docsRoutes } from './routes/docs.ts'
import { healthRoutes } from './routes/health.ts'
import { metricsRoute } from './routes/metrics.ts'
import { profileUpdatesRoute } from './routes/profile-updates.ts'
import { profileRoute } from './routes/profile.ts'
import { queuesRoutes } from './routes/queues.ts'
import { setAsideRoutes } from './routes/set-aside.ts'
import { solutionsRoute } from './routes/solutions.ts'
import { statusRoute } from './routes/status.ts'
import type { Services } from './services.ts'
import { validatorOf } from './validator.ts'

/** Longest time to an answer, but for routes that take bodies with updates. */
const handlerDeadlineMs = 1_900
/** Longest time that a request may take to arrive. */
const receiveDeadlineMs = 30_000

/** The gateway's HTTP server, with all its routes, not listening yet. */
export async function buildServer(given: Services): Promise<FastifyInstance> {
  const projection = await startProjection(given)
  const services: Services = { ...given, configuration: projection.configuration }
  const { config, redis, tokens, sandboxes, configuration, metrics, log } = services
  const logger: FastifyBaseLogger = log
  const answerProblem = createAnswerProblem(log, metrics)
  const { tracing = noTracing, isDraining = () => false } = services
  const gateway = fastify({
    loggerInstance: logger,
    // Its lines hold addresses, which hold identities.
    logController: new LogController({ disableRequestLogging: true }),
    // Lines carry the request's id where they need it: a logger a request would cost as much as reading a small body.
    childLoggerFactory: (parent) => parent,
    genReqId: () => randomUUID(),
    requestTimeout: receiveDeadlineMs,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    routerOptions: { maxParamLength: 1_200 },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => {
      void answerProblem(request, reply, error)
    },
  })
  gateway.setErrorHandler((error, request, reply) => answerProblem(request, reply, error))
  gateway.setNotFoundHandler((request, reply) =>
    answerProblem(request, reply, new Problem('ROUTE_UNKNOWN', 'there is nothing at this address')),
  )
  gateway.setValidatorCompiler(validatorOf)
  // Answers are written as they are; a test holds them against their schemas.
  gateway.setSerializerCompiler(() => (answer) => JSON.stringify(answer))

  gateway.addHook('onRoute', (route) => {
    // Updates have a deadline of their own, which counts from the end of their body.
    if (route.config?.access !== 'stream-profiles') route.handlerTimeout ??= handlerDeadlineMs
  })
  const durations = metrics.histogram('segue_http_request_duration_seconds')
  gateway.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const labels = { method, route: routeOptions.url ?? 'unknown', status: reply.statusCode }
    durations.observe(labels, reply.elapsedTime / 1_000)
  })
  await gateway.register(cookie)
  const cookies = sessionCookies(config.secureCookies)
  const issuer =
    config.oidc &&
    createIssuer({
      ...config.oidc,
      failed: (error) => log.warn({ err: error }, "the tokens' issuer could not be asked"),
    })
  // The first token need not wait for the keys. That they could not be had is logged.
  void issuer?.warm().catch(() => {})
  const checks = createTokenChecks((token) =>
    issuer !== undefined && isSigned(token) ? issuer.verify(token) : tokens.verify(token),
  )
  const failures = createFailureLimit({
    redis,
    keyPrefix: authFailuresPrefix,
    failuresMax: config.authFailuresMax,
  })
  const authenticate = createAuthenticate(checks, failures)
  const book = createRightsBook(configuration, config, services.clock)
  guardRoutes(gateway, {
    authenticate,
    book,
    sandboxes: [...sandboxes.keys()],
    sessionName: cookies.sessionName,
    answerProblem,
  })
  await gateway.register(swagger, { openapi: document })

  const redisMemory = watchRedisMemory(redis, config.redisMemoryPercentMax, (message) =>
    log.warn(message),
  )
  gateway.addHook('onClose', async () => redisMemory.stop())
  gateway.server.maxConnections = config.connectionsMax
  const inFlight = createInFlight(config.inFlightRequestsMax, config.inFlightBytesMax)
  let closing = false
  const isStopping = (): boolean => closing || isDraining()
  gateway.addHook('onClose', () => projection.stop())
  gateway.addHook('preClose', async () => {
    closing = true
  })
  gateway.addHook('onSend', (_request, reply, _payload, done) => {
    // Else the sender would keep the connection, and the server could not close.
    if (isStopping()) reply.header('connection', 'close')
    done()
  })
  healthRoutes(gateway, { redis, isStopping })
  profileUpdatesRoute(gateway, {
    config,
    redis,
    redisMemory,
    sandboxes,
    inFlight,
    metrics,
    tracing,
  })
  profileRoute(gateway, { config, sandboxes })
  statusRoute(gateway, { config, sandboxes })
  dataflowRoutes(gateway, { sandboxes })
  solutionsRoute(gateway, { config, sandboxes })
  deadLettersRoute(gateway, { config, sandboxes })
  setAsideRoutes(gateway, services)
  metricsRoute(gateway, { config, redis, sandboxes, inFlight, metrics })
  flowServiceRoutes(gateway, services)
  segmentDefinitionRoutes(gateway, services)
  governanceRoutes(gateway, services)
  organisationRoutes(gateway, services)
  accessRoutes(gateway, { ...services, book, checks })
  backfillRoutes(gateway, services)
  runRoutes(gateway, services)
  codesRoute(gateway)
  alertRoutes(gateway, services)
  exportRoutes(gateway, services)
  auditRoutes(gateway, services)
  privacyRoutes(gateway, services)
  cutoverRoutes(gateway, services)
  loginRoutes(gateway, { tokens, authenticate, checks, cookies, clock: services.clock })
  queuesRoutes(gateway, services)
  docsRoutes(gateway)
  await gateway.ready()
  return gateway
}

/** How long requests in flight may take to end; longer than any answer does. */
const closeDeadlineMs = 5_000

/** Takes no more requests, and lets those in flight end. What does not is cut off: a sender that never comes to an end. */
export async function closeServer(gateway: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => gateway.server.closeAllConnections(), closeDeadlineMs)
  await gateway.close()
  clearTimeout(cut)
}

const document: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'Segue',
    version: '1',
    description: [
      'Streams segment memberships from profile updates to Experience Cloud solutions.',
      'Every route but `/healthz`, `/readyz` and `/login` needs a token. Its roles bind permissions and sandboxes; a permission counts in the sandbox that `x-sandbox-name` names. Permissions, the role `administrator` has all:',
      ...Object.entries(permissions).map(([name, meaning]) => `- \`${name}\`: ${meaning}`),
    ].join('\n'),
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
  },
  security: [{ token: [] }],
}
