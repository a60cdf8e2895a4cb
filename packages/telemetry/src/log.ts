import { destination, pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { readableLines } from './readable-lines.ts'
import { maskIdentity } from './mask-identity.ts'

export interface LogOptions {
  /** The program, in every line. */
  readonly name: string
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean
  /** Where lines go; standard error by default, since standard output is for what other programs read. */
  readonly to?: DestinationStream
}

/**
 * Opens a log. Lines are events: an object with ids first, then a short message in the past tense.
 *
 * Secrets never get into it (`redactedFields`), and the fields `profileKey`, `identity` and `identities` are masked.
 */
export function createLog({
  name,
  level,
  pretty = false,
  to = standardError(),
}: LogOptions): Logger {
  return pino(
    {
      name,
      level,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { profileKey: masked, identity: masked, identities: masked },
      redact: {
        paths: [...redactedFields, ...nestedOnly].flatMap((field) =>
          nestedOnly.includes(field) ? [`*.${field}`] : [field, `*.${field}`],
        ),
        censor: '[redacted]',
      },
    },
    pretty ? readableLines(to) : to,
  )
}

/** Fields whose values never show, at the top of a line and one level below. */
export const redactedFields: readonly string[] = [
  'accessKey',
  'accessToken',
  'apiKey',
  'authorization',
  'clientSecret',
  'cookie',
  'identityMap',
  'password',
  'secret',
  'secretKey',
  'token',
]

/** Serializers mask these at the top of a line; below it they are left out altogether. */
const nestedOnly: readonly string[] = ['identities', 'identity', 'profileKey']

function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskIdentity(value)
  return Array.isArray(value) ? value.map(masked) : '[redacted]'
}

/** Written at once, so that the last lines before an end are there. */
function standardError(): DestinationStream {
  return destination({ dest: 2, sync: true })
}
