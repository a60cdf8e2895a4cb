import { hostname } from 'node:os'
import type { EmailSettings } from '@segue/alerting'
import { redisTlsOf, redisTlsSettings, redisUrlFault, type RedisTls } from '@segue/redis'
import { z } from 'zod'

const roles = ['stream', 'activation', 'delivery', 'monitoring'] as const

export type Role = (typeof roles)[number]

/** Everything a processor is told from outside. */
export interface ProcessorConfig {
  readonly redisUrl: string
  readonly redisTls: RedisTls
  readonly roles: readonly Role[]
  readonly sandboxes: readonly string[]
  readonly partitionCount: number
  /** How profiles' machines run: the compiled table, or an XState actor each. */
  readonly machines: 'table' | 'xstate'
  readonly residentMax: number
  /** Replicas of Redis that must have a claim before anything is sent. */
  readonly replicasToWaitFor: number
  /** Profiles that backfills look at a second, in this process. */
  readonly backfillProfilesPerSecond: number
  /** Rows held in a partition for a solution of a dataflow, before some are left out for a reconcile; 0: no bound. */
  readonly backlogRowsMax: number
  readonly solutionsFile: string | undefined
  readonly workerName: string
  /** How often somebody looks for alerts. */
  readonly alertsEveryMs: number
  /** Hosts that webhooks may go to; see `allowedHosts`. */
  readonly webhookAllow: readonly string[]
  /** Undefined: alerts go out by webhook only. */
  readonly email: EmailSettings | undefined
  /** Where health and metrics are served; undefined: nowhere. */
  readonly http: { readonly host: string; readonly port: number } | undefined
  /** Where traces go, and the share of updates that are followed; undefined: nobody is. */
  readonly traces: { readonly endpoint: string; readonly ratio: number } | undefined
  readonly exitWithParent: boolean
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly logPretty: boolean
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `hooks.example.com`, `10.1.2.3`, `::1`, `*.example.com`, `*`. */
const hostPattern = /^(?:\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:.]+)$/

const environment = z
  .object({
    REDIS_URL: z.string().superRefine((url, context) => {
      const fault = redisUrlFault(url.trim())
      // The value is not repeated: it may hold a password.
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `must be ${fault}` })
    }),
    SEGUE_ROLES: z
      .string()
      .default(roles.join(','))
      .transform(list)
      .pipe(z.array(z.enum(roles)).min(1)),
    SEGUE_SANDBOXES: z
      .string()
      .default('prod')
      .transform(list)
      .pipe(z.array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)).min(1)),
    SEGUE_PARTITIONS: z.coerce.number().int().min(1).max(1_024).default(16),
    SEGUE_MACHINES: z.enum(['table', 'xstate']).default('table'),
    SEGUE_REPLICAS_TO_WAIT_FOR: z.coerce.number().int().min(0).max(16).default(0),
    SEGUE_RESIDENT_PROFILES: z.coerce.number().int().min(64).default(1_000_000),
    SEGUE_BACKFILL_PROFILES_PER_SECOND: z.coerce.number().int().min(1).default(20_000),
    SEGUE_BACKLOG_MAX_ROWS: z.coerce.number().int().min(0).default(50_000),
    SEGUE_SOLUTIONS_FILE: z.string().min(1).optional(),
    SEGUE_WORKER: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,80}$/)
      .default(`${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}-${process.pid}`),
    SEGUE_ALERTS_EVERY_SECS: z.coerce.number().min(0.05).max(3_600).default(15),
    SEGUE_WEBHOOK_ALLOW: z
      .string()
      .default('*')
      .transform(list)
      .pipe(
        z.array(z.string().regex(hostPattern, 'must be hosts, addresses, *.domain or *')).min(1),
      ),
    // The values are not repeated in messages: the URL may hold a password.
    SEGUE_SMTP_URL: z
      .string()
      .regex(/^smtps?:\/\/./, 'must be an smtp:// or smtps:// URL')
      .optional(),
    SEGUE_SMTP_FROM: z
      .string()
      .regex(/^[^\s@<>,;:"()[\]]+@[^\s@<>,;:"()[\]]+$/, 'must be one plain e-mail address')
      .optional(),
    SEGUE_HTTP_PORT: z
      .string()
      .regex(/^\d{0,5}$/, 'must be a port, or empty')
      .transform((text) => (text === '' ? undefined : Number(text)))
      .pipe(z.number().max(65_535).optional())
      .optional(),
    SEGUE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .string()
      .regex(/^(?:https?:\/\/.+)?$/, 'must be an http:// or https:// URL, or empty')
      .default(''),
    SEGUE_TRACES_RATIO: z.coerce.number().min(0).max(1).default(0.01),
    SEGUE_EXIT_WITH_PARENT: z.literal('1').optional(),
    SEGUE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    SEGUE_LOG_PRETTY: z.literal('1').optional(),
  })
  .refine(
    (values) => (values.SEGUE_SMTP_URL === undefined) === (values.SEGUE_SMTP_FROM === undefined),
    {
      path: ['SEGUE_SMTP_FROM'],
      message: 'must be set together with SEGUE_SMTP_URL',
    },
  )

function emailOf(url: string | undefined, from: string | undefined): EmailSettings | undefined {
  return url === undefined || from === undefined ? undefined : { url, from }
}

/** Every variable that is read. */
export const settingNames: readonly string[] = [
  ...Object.keys(environment.shape),
  ...Object.keys(redisTlsSettings),
]

/**
 * @param env the environment
 * @throws Error that names every variable that is wrong, and what it must be
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ProcessorConfig {
  const parsed = environment.safeParse(env)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      (issue) => `  ${issue.path[0]?.toString()}: ${issue.message}`,
    )
    throw new Error(`CONFIG_INVALID: the environment is not as it must be\n${lines.join('\n')}`)
  }
  const values = parsed.data
  return Object.freeze({
    redisUrl: values.REDIS_URL.trim(),
    redisTls: redisTlsOf(env),
    roles: values.SEGUE_ROLES,
    sandboxes: values.SEGUE_SANDBOXES,
    partitionCount: values.SEGUE_PARTITIONS,
    machines: values.SEGUE_MACHINES,
    replicasToWaitFor: values.SEGUE_REPLICAS_TO_WAIT_FOR,
    residentMax: values.SEGUE_RESIDENT_PROFILES,
    backfillProfilesPerSecond: values.SEGUE_BACKFILL_PROFILES_PER_SECOND,
    backlogRowsMax: values.SEGUE_BACKLOG_MAX_ROWS,
    solutionsFile: values.SEGUE_SOLUTIONS_FILE,
    workerName: values.SEGUE_WORKER,
    alertsEveryMs: Math.round(values.SEGUE_ALERTS_EVERY_SECS * 1_000),
    webhookAllow: values.SEGUE_WEBHOOK_ALLOW,
    email: emailOf(values.SEGUE_SMTP_URL, values.SEGUE_SMTP_FROM),
    http:
      values.SEGUE_HTTP_PORT === undefined
        ? undefined
        : { host: values.SEGUE_HTTP_HOST, port: values.SEGUE_HTTP_PORT },
    traces:
      values.OTEL_EXPORTER_OTLP_ENDPOINT === ''
        ? undefined
        : { endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: values.SEGUE_TRACES_RATIO },
    exitWithParent: values.SEGUE_EXIT_WITH_PARENT !== undefined,
    logLevel: values.SEGUE_LOG_LEVEL,
    logPretty: values.SEGUE_LOG_PRETTY !== undefined,
  })
}
