import { randomUUID } from 'node:crypto'
import { configure } from '@segue/destinations'
import type { Actor, Configuration, ConfigurationStore, Decision } from '@segue/destinations'
import type { RedisConnection, StoreClock, Tokens } from '@segue/redis'
import type { Logger, Metrics, Tracing } from '@segue/telemetry'
import type { FastifyRequest } from 'fastify'
import type { Config } from './config.ts'
import type { Sandboxes } from './sandbox.ts'

/** What routes work with. */
export interface Services {
  readonly config: Config
  readonly redis: RedisConnection
  /** Redis' clock: no host's own counts. */
  readonly clock: Pick<StoreClock, 'nowMs'>
  readonly tokens: Tokens
  readonly sandboxes: Sandboxes
  readonly configuration: ConfigurationStore
  readonly metrics: Metrics
  readonly log: Logger
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined
  /** Whether no more work should come here: it goes on serving what does. */
  readonly isDraining?: () => boolean
}

/** Who sends a request. */
export function actorOf(request: FastifyRequest): Actor {
  return { name: request.grant?.name ?? 'nobody', requestId: request.id }
}

/**
 * Runs a command on the organisation's configuration for whoever sends the request.
 *
 * @param decide pure: it may run again where somebody else was first
 * @throws Refusal
 */
export function configureAs<Answer>(
  { configuration, clock }: Pick<Services, 'configuration' | 'clock'>,
  request: FastifyRequest,
  decide: (configuration: Configuration) => Decision<Answer>,
): Promise<Answer> {
  const ports = { store: configuration, nowMs: clock.nowMs, newId: randomUUID }
  return configure(ports, actorOf(request), decide)
}
