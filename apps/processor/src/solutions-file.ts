import { readFileSync } from 'node:fs'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { z } from 'zod'
import { adapters, type RateLimit } from './adapters.ts'

/** A solution as the file configures it. */
export interface ConfiguredSolution {
  readonly name: string
  /** Undefined: the solution publishes no limit and none is set. */
  readonly rateLimit: RateLimit | undefined
  readonly create: (rateLimiter: RateLimiter, log: SolutionLog) => Solution
}

const rateLimitSchema = z.strictObject({
  calls: z.number().int().min(1),
  windowMs: z.number().int().min(1_000).max(86_400_000).multipleOf(1_000),
})

const fileSchema = z.record(
  z.string(),
  z.strictObject({ rateLimit: rateLimitSchema.optional(), settings: z.unknown() }),
)

/**
 * Reads the file that says which solutions there are and how to reach them: `{ "<solution>": { "rateLimit"?, "settings" } }`.
 * A text `env:NAME` anywhere in it stands for the environment variable NAME, so that no secret need be in the file.
 *
 * @throws Error that names the solution and the setting that is wrong, never its value
 */
export function readSolutionsFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly ConfiguredSolution[] {
  const parsed = fileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success) throw new Error(`SOLUTIONS_INVALID: ${path}: ${whatIsWrong(parsed.error)}`)
  return Object.entries(parsed.data).map(([name, { rateLimit, settings }]) => {
    const adapter = Object.hasOwn(adapters, name) ? adapters[name] : undefined
    if (adapter === undefined) {
      const known = Object.keys(adapters).join(', ')
      throw new Error(
        `SOLUTIONS_INVALID: ${path}: there is no solution ${name}. There are: ${known}`,
      )
    }
    const configured = adapter.configure(fillFromEnvironment(settings, env))
    if (!configured.success) {
      throw new Error(`SOLUTIONS_INVALID: ${path}: ${name}: ${whatIsWrong(configured.error)}`)
    }
    return {
      name,
      rateLimit: rateLimit ?? adapter.rateLimit,
      create: (rateLimiter, log) => configured.create({ rateLimiter, log }),
    }
  })
}

function whatIsWrong(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

function fillFromEnvironment(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  if (typeof value === 'string' && value.startsWith('env:')) {
    const name = value.slice('env:'.length)
    const filled = env[name]
    if (filled === undefined) {
      throw new Error(
        `SOLUTIONS_INVALID: the environment variable ${name}, which a setting refers to, is not set`,
      )
    }
    return filled
  }
  if (Array.isArray(value)) return value.map((item) => fillFromEnvironment(item, env))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fillFromEnvironment(item, env)]),
    )
  }
  return value
}
