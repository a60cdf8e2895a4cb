import { LauncherError } from '@segue/dev'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { faultKinds, isFaultKind, type FaultKind } from './plan/fault.ts'
import { allKinds } from './plan/schedule.ts'

/** What `npm run chaos` was asked to do. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'handover'; readonly json: string | undefined }
  | {
      readonly kind: 'chaos'
      readonly rounds: number
      readonly seed: number
      readonly checkEvery: number
      readonly updatesPerSecond: number
      readonly kinds: readonly FaultKind[]
      readonly json: string | undefined
    }

export const helpText: string = `Breaks a whole system on purpose, on a seeded schedule, while updates stream through it, and compares what
every solution knows at the end with a naive oracle: three processors, two gateways, a Redis and the sandbox, all in
processes of their own on 127.0.0.1.

  npm run chaos -- --rounds 50 [--seed N]

  --rounds N          default 10; a round takes about 12 s, and a check up to a minute
  --seed N            of the updates and of the schedule; default: drawn, and printed
  --check-every N     compare after so many rounds, and after the last one (default 5)
  --rate N            updates a second (default 200)
  --only KIND,KIND    draw from these kinds of faults alone
  --json FILE         write what was found as JSON
  --handover          measure instead what hand-over, take-over, sharing and idling cost

Kinds:
${Object.entries(faultKinds)
  .map(([kind, meaning]) => `  ${kind.padEnd(18)}${meaning}`)
  .join('\n')}

Exit codes: 0 all is well; 1 something was lost, is stale, or does not balance; 2 the command line is wrong; 130 interrupted.
`

const known = {
  rounds: { type: 'string' },
  seed: { type: 'string' },
  'check-every': { type: 'string' },
  rate: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'string' },
  handover: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

const seedBelow = 1_000_000

/**
 * Reads the command line.
 * @param words without the program and the script
 * @param drawn at least 0, less than 1: where the seed comes from that is not given
 * @throws LauncherError `ARGUMENT_INVALID`, exit code 2, naming the flag and what it takes
 */
export function parseArguments(words: readonly string[], drawn: number): Command {
  const values = flagsOf(words)
  if (values.help === true) return { kind: 'help' }
  const { json } = values
  if (json === '') throw invalid('--json needs a file to write')
  if (values.handover === true) return { kind: 'handover', json }
  return {
    kind: 'chaos',
    rounds: wholeNumber('rounds', values.rounds, 10, 1, 10_000),
    seed: wholeNumber('seed', values.seed, Math.floor(drawn * seedBelow), 0),
    checkEvery: wholeNumber('check-every', values['check-every'], 5, 1),
    updatesPerSecond: wholeNumber('rate', values.rate, 200, 1, 10_000),
    kinds: kindsOf(values.only),
    json,
  }
}

function kindsOf(text: string | undefined): readonly FaultKind[] {
  if (text === undefined) return allKinds
  const wanted = text.split(',').map((word) => word.trim())
  const stray = wanted.find((word) => !isFaultKind(word))
  if (stray !== undefined) {
    throw invalid(`--only knows ${allKinds.join(', ')}, not ${JSON.stringify(stray)}`)
  }
  return allKinds.filter((kind) => wanted.includes(kind))
}

type Flags = ReturnType<typeof parseArgs<{ options: typeof known }>>['values']

function flagsOf(words: readonly string[]): Flags {
  try {
    return parseArgs({ args: [...words], options: known, allowPositionals: false }).values
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('. ')
    throw invalid(reason ?? 'the command line cannot be read', cause)
  }
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  byDefault: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined) return byDefault
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw invalid(`--${flag} is a whole number ${range}, not ${JSON.stringify(text)}`)
}

function invalid(reason: string, cause?: unknown): LauncherError {
  return new LauncherError('ARGUMENT_INVALID', `${reason}\n--help shows what can be given`, {
    exitCode: 2,
    cause,
  })
}
