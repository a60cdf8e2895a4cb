import { readFileSync } from 'node:fs'
import { audienceManagerSettings, audienceManagerSolution } from '@segue/solution-audience-manager'
import type { RateLimiter, Solution, SolutionLog } from '@segue/solution-kit'
import { marketoSettings, marketoSolution } from '@segue/solution-marketo'
import { z } from 'zod'

/** Calls that all workers together may make to a solution in a window. */
export interface RateLimit {
  readonly calls: number
  readonly windowMs: number
}

/** A solution as the file configures it. */
export interface ConfiguredSolution {
  readonly name: string
  /** Undefined: the solution publishes no limit and none is set. */
  readonly rateLimit: RateLimit | undefined
  readonly create: (rateLimiter: RateLimiter, log: SolutionLog) => Solution
}

/** How each solution is made from its settings. */
const adapters = {
  'audience-manager': {
    // No figure is published (reference/solutions.md §1.2); 429 is answered by pausing.
    rateLimit: undefined,
    create: (settings: unknown, rateLimiter: RateLimiter, log: SolutionLog): Solution =>
      audienceManagerSolution({
        settings: audienceManagerSettings.parse(settings),
        rateLimiter,
        log,
      }),
  },
  marketo: {
    // Half of the instance's 100 calls in 20 s, which all its integrations share (§6.4).
    rateLimit: { calls: 50, windowMs: 20_000 },
    create: (settings: unknown, rateLimiter: RateLimiter, log: SolutionLog): Solution =>
      marketoSolution({ settings: marketoSettings.parse(settings), rateLimiter, log }),
  },
} as const

/** Settings' schemas, to check a file before anything starts. */
const schemas = { 'audience-manager': audienceManagerSettings, marketo: marketoSettings } as const

type SolutionName = keyof typeof adapters

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
    if (!isSolutionName(name)) {
      const known = Object.keys(adapters).join(', ')
      throw new Error(
        `SOLUTIONS_INVALID: ${path}: there is no solution ${name}. There are: ${known}`,
      )
    }
    const filled = fillFromEnvironment(settings, env)
    const checked = schemas[name].safeParse(filled)
    if (!checked.success) {
      throw new Error(`SOLUTIONS_INVALID: ${path}: ${name}: ${whatIsWrong(checked.error)}`)
    }
    return {
      name,
      rateLimit: rateLimit ?? adapters[name].rateLimit,
      create: (rateLimiter, log) => adapters[name].create(filled, rateLimiter, log),
    }
  })
}

function isSolutionName(name: string): name is SolutionName {
  return Object.hasOwn(adapters, name)
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
