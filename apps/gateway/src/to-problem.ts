import { Refusal } from '@segue/destinations'
import { redisTrouble, type RedisTrouble } from '@segue/redis'
import { Problem } from './problem.ts'
import { SchemaFault } from './validator.ts'

/** The problem that an error is to whoever sent the request. What is not foreseen becomes INTERNAL, which tells nothing of itself. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Refusal) {
    return new Problem(error.code, error.message, { fields: error.fields })
  }
  const trouble = redisTrouble(error)
  if (trouble !== undefined) return redisProblem(trouble, error)
  const known = error instanceof Error && 'code' in error ? frameworkProblem(error) : undefined
  return known ?? new Problem('INTERNAL', 'the gateway failed', { cause: error })
}

/** The problem that trouble with Redis is to whoever sent the request. */
export function redisProblem({ kind, what }: RedisTrouble, cause: unknown): Problem {
  const code = kind === 'not-replicated' ? 'NOT_REPLICATED' : 'REDIS_UNAVAILABLE'
  return new Problem(code, what, { cause })
}

/** Fastify's own errors, by their codes. */
function frameworkProblem(error: Error & { readonly code: unknown }): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      return new Problem('REQUEST_INVALID', error.message, {
        fields: error instanceof SchemaFault ? { errors: error.errors } : {},
      })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('PAYLOAD_TOO_LARGE', 'the body is larger than this route takes')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new Problem('MEDIA_TYPE_UNSUPPORTED', 'this route does not read that Content-Type')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('BODY_EMPTY', 'the body is empty')
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem('MALFORMED_JSON', 'the body is not JSON')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('BODY_UNREADABLE', 'the body is not as long as Content-Length says')
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new Problem('DEADLINE_EXCEEDED', 'there was no answer in time')
    default: {
      const status = 'statusCode' in error ? Number(error.statusCode) : 500
      const senders = status >= 400 && status < 500
      return senders ? new Problem('REQUEST_INVALID', 'the request cannot be read') : undefined
    }
  }
}
